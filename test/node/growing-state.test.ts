/** States that grow by sources, orders or commands: four times as much is about four times the work, never sixteen. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { proceed } from '../../core/process/effect.ts';
import { command } from '../../core/process/reactor.ts';
import { defineSaga, type Saga } from '../../core/process/saga.ts';
import { action } from '../../core/process/saga-step.ts';
import { defineSteps } from '../../core/process/saga-steps.ts';
import { Folding, RATIO_MAX, ratioOf } from './support/folding.ts';

const noted = (stream: string, type: string) => ({
  event: { stream, version: 1, type, aggregate: 'note', aggregateId: 'n', data: {} },
});

const note = defineAggregate({
  name: 'note',
  events: { Begun: event(z.strictObject({})), Noted: event(z.strictObject({})) },
  commands: { Note: z.strictObject({ at: z.int() }) },
  initialState: () => null,
  evolve: { Begun: () => null, Noted: () => null },
  decide: { Note: () => accept() },
});

function begun(saga: Saga): Folding {
  const folding = new Folding(saga.aggregate);
  folding.execute('Receive', noted('note/first', 'Begun'));
  return folding;
}

describe('Y22 a saga copies in proportion to', () => {
  test('the streams that it follows', () => {
    const counting = defineSaga({
      name: 'counting',
      version: 1,
      from: [note],
      initialState: () => ({ count: 0 }),
      correlate: { note: { Begun: () => 'x-1', Noted: () => 'x-1' } },
      startedBy: { note: { Begun: (_event, state) => proceed(state) } },
      on: { note: { Noted: (_event, { count }) => proceed({ count: count + 1 }) } },
    });
    const follow = (sources: number) => {
      const folding = begun(counting);
      for (let index = 0; index < sources; index++) {
        folding.execute('Receive', noted(`note/n-${index}`, 'Noted'));
      }
      expect(folding.state).toMatchObject({
        state: { count: sources },
        seen: { size: sources + 1 },
      });
      return folding.copied;
    };
    expect(ratioOf(follow, 1_000)).toBeLessThan(RATIO_MAX);
  }, 60_000);

  test.each([
    ['are accepted', 'accepted', 'completed'],
    ['are rejected', 'rejected', 'compensated'],
  ] as const)(
    'the commands of a step that %s',
    (_how, outcome, end) => {
      const sending = (commands: number) => {
        const saga = defineSteps({
          name: 'sending',
          version: 1,
          from: [note],
          correlate: { note: { Begun: () => 'x-1' } },
          startedBy: { note: { Begun: () => ({}) } },
          steps: [
            {
              name: 'all',
              commands: () =>
                Array.from({ length: commands }, (_, at) =>
                  action(command(note, 'n', 'Note', { at })),
                ),
            },
          ],
        });
        const folding = begun(saga);
        for (let index = 0; index < commands; index++) {
          const settled = { effect: `all/${index}`, attempt: 1, outcome, reason: 'no' };
          folding.execute('Settle', settled);
        }
        expect(folding.state).toMatchObject({ status: end, open: { size: 0 } });
        return folding.copied;
      };
      expect(ratioOf(sending, 250)).toBeLessThan(RATIO_MAX);
    },
    60_000,
  );
});
