/**
 * At which versions of its stream a row had the observed form. Knows the rows that one stream alone feeds: those
 * whose key is the aggregate's id. A row that many streams change is not checked.
 */

import { parseStreamName } from '../../core/aggregate/stream.ts';
import { recordedEvent } from '../../core/app.ts';
import { MemoryRows } from '../../core/projection/memory-rows.ts';
import type { Projection } from '../../core/projection/projection.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { Operation } from './history.ts';
import {
  credentialOf,
  isGranted,
  type KnownCredential,
  type KnownCredentials,
} from './known-credential.ts';
import type { Event, World } from './world.ts';

export interface RowOfStream {
  readonly stream: string;
  /** Empty: it never looked so. */
  readonly versions: readonly number[];
}

/** A row's text at each version of its stream, undefined where there is none. */
type Texts = readonly (string | undefined)[];

interface FoldedRowsOf {
  readonly keyColumn: string;
  readonly streams: ReadonlyMap<string, Texts>;
}

export interface FoldedRows {
  readonly projections: ReadonlyMap<string, FoldedRowsOf>;
  readonly credentials: KnownCredentials;
}

export function foldedRows(world: World): FoldedRows {
  const projections = world.app.projections.flatMap((projection) => {
    const folded = foldedRowsOf(world, projection);
    return folded ? [[projection.name, folded] as const] : [];
  });
  return { projections: new Map(projections), credentials: world.credentials };
}

/** Undefined when some row of it is fed by many. */
function foldedRowsOf(world: World, projection: Projection): FoldedRowsOf | undefined {
  const [keyColumn, ...others] = projection.tables[0].definition.key;
  if (keyColumn === undefined || others.length > 0) return undefined;
  const logs = Object.entries(world.state.logs).filter(([stream]) => isSource(projection, stream));
  const own = logs.every(([, log]) =>
    log.every((event) => feedsItsOwnRow(world, projection, event)),
  );
  if (!own) return undefined;
  const streams = logs.map(([stream, log]) => [stream, texts(world, projection, log)] as const);
  return { keyColumn, streams: new Map(streams) };
}

function isSource({ sources }: Projection, stream: string): boolean {
  return sources.includes(parseStreamName(stream)?.aggregate ?? '');
}

function feedsItsOwnRow({ app }: World, { handle }: Projection, event: Event): boolean {
  try {
    const recorded = recordedEvent(app, event);
    return handle(recorded).every(({ key }) => Object.values(key)[0] === recorded.aggregateId);
  } catch {
    return true; // It cannot be read, which another check finds.
  }
}

/** As far as the log can be folded: that it cannot is found elsewhere. */
function texts({ app }: World, { handle, tables }: Projection, log: readonly Event[]): Texts {
  const rows = new MemoryRows();
  const found: (string | undefined)[] = [undefined];
  try {
    for (const event of log) {
      rows.apply(handle(recordedEvent(app, event)));
      found.push(rows.of(tables[0]).map(canonicalJson)[0]);
    }
  } catch {
    return found;
  }
  return found;
}

/**
 * Every stream that the answer is about. A row that is not in it is one that was not there, or that its reader's
 * credential does not show.
 */
export function rowsOfStreams(
  { projections, credentials }: FoldedRows,
  { wanted, answer }: Operation<'rows'>,
): RowOfStream[] {
  const own = projections.get(wanted.projection);
  if (!own || !answer) return [];
  const by = credentialOf(credentials, wanted);
  const seen = new Map(answer.rows.map((row) => [row[own.keyColumn], canonicalJson(row)]));
  return [...own.streams].flatMap(([stream, texts]) => {
    const id = parseStreamName(stream)?.id;
    if (wanted.key !== undefined && wanted.key !== id) return [];
    const text = seen.get(id);
    const shown = texts.map((at) => (isShown(at, wanted.projection, by) ? at : undefined));
    return [{ stream, versions: shown.flatMap((at, version) => (at === text ? [version] : [])) }];
  });
}

function isShown(text: string | undefined, projection: string, by: KnownCredential | undefined) {
  return !by || (text !== undefined && isGranted(by.sees[projection], JSON.parse(text)));
}
