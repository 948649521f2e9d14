/** I7, I9, I13: a state or a row that is not the fold of the events that it is made of. */
import { fold } from '../../../core/aggregate/aggregate.ts';
import { parseStreamName } from '../../../core/aggregate/stream.ts';
import { type App, findAggregate, recordedEvent } from '../../../core/app.ts';
import { MemoryRows } from '../../../core/projection/memory-rows.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import { canonicalJson } from '../../../core/values/json.ts';
import { type Finding, findingsOf } from '../finding.ts';
import { type Event, logOf, type World } from '../world.ts';

const misfolded = findingsOf('misfolded');

export function findMisfolded(world: World): Finding[] {
  return [...finalStates(world), ...statesThatWereRead(world), ...finalRows(world)];
}

function finalStates(world: World): Finding[] {
  return Object.entries(world.state.states).flatMap(([stream, { version, state }]) => {
    const head = logOf(world, stream).length;
    if (version !== head) {
      return [misfolded(stream, `Its state is at version ${version}, its log at ${head}.`)];
    }
    return isFold(world, stream, version, state)
      ? []
      : [misfolded(stream, 'Its state is not the fold of its log.')];
  });
}

function statesThatWereRead(world: World): Finding[] {
  return world.history.state.flatMap(({ process, wanted: { stream }, answer }) => {
    if (!answer || answer.version > logOf(world, stream).length) return [];
    const { version, state } = answer;
    return version === 0 || isFold(world, stream, version, state)
      ? []
      : [misfolded(`${stream}@${version}`, `${process} was answered another state than the fold.`)];
  });
}

function isFold(world: World, stream: string, version: number, state: unknown): boolean {
  const aggregate = findAggregate(world.app, parseStreamName(stream)?.aggregate ?? '');
  if (!aggregate) return false;
  const log = logOf(world, stream).slice(0, version);
  try {
    return canonicalJson(fold(aggregate, aggregate.initialState(), log)) === canonicalJson(state);
  } catch {
    return false; // No state is the fold of what cannot be folded.
  }
}

function finalRows({ app, state }: World): Finding[] {
  const events = Object.values(state.logs).flat();
  return app.projections.flatMap((projection) => {
    const { name } = projection;
    const folded = foldRows(app, projection, events);
    if (folded instanceof Error) return [misfolded(name, `The events make no row: ${folded}`)];
    return differences(
      name,
      folded.map(canonicalJson),
      (state.rows[name] ?? []).map(canonicalJson),
    );
  });
}

function foldRows(app: App, { sources, tables, handle }: Projection, events: readonly Event[]) {
  const rows = new MemoryRows();
  try {
    for (const event of events) {
      const recorded = recordedEvent(app, event);
      if (sources.includes(recorded.aggregate)) rows.apply(handle(recorded));
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
  return rows.of(tables[0]);
}

function differences(name: string, folded: readonly string[], there: readonly string[]): Finding[] {
  const [made, found] = [new Set(folded), new Set(there)];
  const missing = folded.filter((row) => !found.has(row));
  const surplus = there.filter((row) => !made.has(row));
  const repeated = there.length - found.size;
  return [
    ...missing.map((row) => misfolded(name, `The events make ${row}; there is no such row.`)),
    ...surplus.map((row) => misfolded(name, `There is ${row}; the events do not make it.`)),
    ...(repeated > 0 ? [misfolded(name, `${repeated} rows are there twice.`)] : []),
  ];
}
