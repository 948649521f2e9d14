/** Laws that every aggregate of the app keeps, tried with whatever its own schemas allow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Aggregate, type CheckedEvent, evolve } from '../core/aggregate/aggregate.ts';
import { decideCommand } from '../core/aggregate/decide-command.ts';
import type { Context } from '../core/aggregate/decision.ts';
import type { EventDefinition, RecordedEvent, StoredEvent } from '../core/aggregate/event.ts';
import { allProjections, allReactors, recordedEvent } from '../core/app.ts';
import { deepFrozen } from '../core/values/frozen.ts';
import { isJson } from '../core/values/json.ts';
import { accepted } from '../test/controls/from-schema.ts';
import { app } from './app.ts';

const context: Context = {
  tenant: 'main',
  id: 'a',
  version: 0,
  actor: 'somebody',
  now: '2026-01-01T00:00:00.000Z',
  occurredAt: '2026-01-01T00:00:00.000Z',
  newId: () => 'id',
};

interface Sent {
  readonly name: string;
  readonly data: unknown;
}

/** Histories of commands, each accepted by its schema. */
function commandsOf(aggregate: Aggregate): fc.Arbitrary<Sent[]> {
  const each = Object.entries(aggregate.commands).map(([name, schema]) =>
    accepted(schema).map((input) => ({ name, data: schema.parse(input) })),
  );
  return fc.array(fc.oneof(...each), { maxLength: 30 });
}

interface Played {
  readonly state: unknown;
  readonly events: number;
  readonly log: readonly CheckedEvent[];
}

/** Sends a command as the object does; what is wrong with the domain throws. */
function play(aggregate: Aggregate, { state, events, log }: Played, { name, data }: Sent): Played {
  const now = { ...context, version: events };
  const decision = decideCommand(aggregate, state, { name, data }, now);
  if ('outcome' in decision) throw new Error(`${aggregate.name}, ${name}: ${decision.outcome}.`);
  if (decision.decision === 'rejected') return { state, events, log };
  const { events: checked } = decision;
  const next = checked.reduce<unknown>((before, event) => evolve(aggregate, before, event), state);
  return { state: next, events: events + checked.length, log: [...log, ...checked] };
}

/** What a history of commands leaves in the log of a stream. */
function logOf(aggregate: Aggregate, commands: readonly Sent[]): StoredEvent[] {
  let played: Played = { state: aggregate.initialState(), events: 0, log: [] };
  for (const command of commands) played = play(aggregate, played, command);
  return played.log.map((event, index) => {
    const { type, schemaVersion, text } = event;
    return storedIn(aggregate, { type, schemaVersion, version: index + 1, data: JSON.parse(text) });
  });
}

type Fact = Pick<StoredEvent, 'type' | 'schemaVersion' | 'version' | 'data'>;

function storedIn({ name }: Aggregate, fact: Fact): StoredEvent {
  const { now, tenant, id } = context;
  const metadata = { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' };
  const stream = `${name}/${id}`;
  return { id: 'e', tenant, stream, ...fact, recordedAt: now, occurredAt: now, metadata };
}

/** What projections, reactors and sagas that it starts make of a frozen event: one that changes it throws. */
function handleEverywhere(event: RecordedEvent): void {
  const handles = ({ sources }: { readonly sources: readonly string[] }) =>
    sources.includes(event.aggregate);
  for (const projection of allProjections(app).filter(handles)) projection.handle(event);
  for (const reactor of allReactors(app).filter(handles)) reactor.react(event);
  for (const { logics } of app.sagas ?? []) {
    for (const logic of logics) {
      const started = logic.start(event);
      if (started) logic.react(event, started.state);
    }
  }
}

describe.for(app.aggregates.map((aggregate) => [aggregate.name, aggregate] as const))(
  '%s',
  ([, aggregate]) => {
    test('D1 what is decided passes its schema and folds into a state that JSON can hold', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          let played: Played = { state: aggregate.initialState(), events: 0, log: [] };
          for (const command of commands) {
            played = play(aggregate, played, command);
            expect(isJson(played.state)).toBe(true);
          }
        }),
      );
    });

    test('D2 neither decide nor evolve changes what it is handed', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          let played: Played = { state: deepFrozen(aggregate.initialState()), events: 0, log: [] };
          for (const command of commands) {
            const next = play(aggregate, played, deepFrozen(command));
            played = { ...next, state: deepFrozen(next.state) };
          }
        }),
      );
    });

    test('D5 neither projections, reactors nor sagas change what they are handed', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          for (const stored of logOf(aggregate, commands)) {
            const text = JSON.stringify(stored);
            handleEverywhere(recordedEvent(app, stored));
            expect(JSON.stringify(stored)).toBe(text);
          }
        }),
      );
    });

    const upcasters = Object.entries<EventDefinition>(aggregate.events).flatMap(
      ([type, { schemaVersions }]) =>
        schemaVersions.slice(0, -1).map(({ schema }, index) => [type, index + 1, schema] as const),
    );
    test.for(upcasters)(
      'D5 nor does what lifts %s of schema version %d',
      ([type, schemaVersion, schema]) => {
        fc.assert(
          fc.property(accepted(schema), (data) => {
            const json = JSON.parse(JSON.stringify(data));
            const stored = storedIn(aggregate, { type, schemaVersion, version: 1, data: json });
            const text = JSON.stringify(stored);
            handleEverywhere(recordedEvent(app, stored));
            expect(JSON.stringify(stored)).toBe(text);
          }),
        );
      },
    );

    test('D3 the same commands always lead to the same events', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          const story = () =>
            commands.reduce<Played>((played, command) => play(aggregate, played, command), {
              state: aggregate.initialState(),
              events: 0,
              log: [],
            });
          expect(story()).toEqual(story());
        }),
      );
    });
  },
);

test('D4 stock is never promised twice: what is reserved is on the shelf', () => {
  const product = app.aggregates[1];
  fc.assert(
    fc.property(commandsOf(product), (commands) => {
      let played: Played = { state: product.initialState(), events: 0, log: [] };
      for (const command of commands) {
        played = play(product, played, command);
        const { onHand = 0, reserved = 0 }: { onHand?: number; reserved?: number } = Object(
          played.state,
        );
        expect(reserved).toBeGreaterThanOrEqual(0);
        expect(onHand).toBeGreaterThanOrEqual(reserved);
      }
    }),
    { numRuns: 300 },
  );
});
