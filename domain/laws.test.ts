/** Laws that every aggregate of the app keeps, tried with whatever its own schemas allow. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Aggregate, checkEvents, evolve } from '../core/aggregate.ts';
import type { Context } from '../core/decision.ts';
import { isJson } from '../core/json.ts';
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

interface Told {
  readonly state: unknown;
  readonly events: number;
}

/** Sends a command as the object does; what is wrong with the domain throws. */
function tell(aggregate: Aggregate, { state, events }: Told, { name, data }: Sent): Told {
  const decide = aggregate.decide[name];
  if (!decide) throw new Error(`${aggregate.name} does not decide ${name}.`);
  const decision = decide(data, state, { ...context, version: events });
  if (decision.decision === 'rejected') {
    expect(isJson(decision.details)).toBe(true);
    return { state, events };
  }
  const checked = checkEvents(aggregate, decision);
  if ('outcome' in checked) throw new Error(`${aggregate.name} decided too much.`);
  const next = checked.reduce<unknown>((before, event) => evolve(aggregate, before, event), state);
  return { state: next, events: events + checked.length };
}

/** Every part of a state, so that a change of the handed state cannot go unnoticed. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}

describe.for(app.aggregates.map((aggregate) => [aggregate.name, aggregate] as const))(
  '%s',
  ([, aggregate]) => {
    test('D1 what is decided passes its schema and folds into a state that JSON can hold', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          let told: Told = { state: aggregate.initialState(), events: 0 };
          for (const command of commands) {
            told = tell(aggregate, told, command);
            expect(isJson(told.state)).toBe(true);
          }
        }),
      );
    });

    test('D2 neither decide nor evolve changes what it is handed', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          let told: Told = { state: frozen(aggregate.initialState()), events: 0 };
          for (const command of commands) {
            const { state, events } = tell(aggregate, told, frozen(command));
            told = { state: frozen(state), events };
          }
        }),
      );
    });

    test('D3 the same commands always tell the same story', () => {
      fc.assert(
        fc.property(commandsOf(aggregate), (commands) => {
          const story = () =>
            commands.reduce<Told>((told, command) => tell(aggregate, told, command), {
              state: aggregate.initialState(),
              events: 0,
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
      let told: Told = { state: product.initialState(), events: 0 };
      for (const command of commands) {
        told = tell(product, told, command);
        const { onHand = 0, reserved = 0 }: { onHand?: number; reserved?: number } = Object(
          told.state,
        );
        expect(reserved).toBeGreaterThanOrEqual(0);
        expect(onHand).toBeGreaterThanOrEqual(reserved);
      }
    }),
    { numRuns: 300 },
  );
});
