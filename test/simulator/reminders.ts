/**
 * An aggregate with several timers that are due at one moment, of which the first cancels one and moves another; and
 * the law that its log has to keep. The shop has no such timers.
 */
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept, cancel, later, schedule } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import type { FinalState } from '../checker/final-state.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';

const AGGREGATE = 'reminder';

const names = ['a', 'b', 'c'] as const;
const firing = z.strictObject({ name: z.enum(names), setting: z.int() });

/** The delay from the first timer to the last. */
const MOVED_BY_MS = 40_000;

export const reminder = defineAggregate({
  name: AGGREGATE,
  events: {
    RemindersPlanned: event(z.strictObject({ at: z.string(), setting: z.int() })),
    ReminderFired: event(firing),
  },
  commands: {
    PlanReminders: z.strictObject({ afterMs: z.int().min(0).max(60_000) }),
    FireReminder: firing,
  },
  initialState: () => ({}),
  evolve: {
    RemindersPlanned: (state) => state,
    ReminderFired: (state) => state,
  },
  decide: {
    PlanReminders: ({ afterMs }, _state, { now, version }) => {
      const at = later(now, afterMs);
      const setting = version + 1;
      return accept({ type: 'RemindersPlanned', data: { at, setting } }).with(
        ...names.map((name) =>
          schedule(name, { at, command: 'FireReminder', data: { name, setting } }),
        ),
      );
    },
    FireReminder: ({ name, setting }, _state, { now, version }) => {
      const fired = accept({ type: 'ReminderFired', data: { name, setting } });
      if (name !== 'a') return fired;
      return fired.with(
        cancel('b'),
        schedule('c', {
          at: later(now, MOVED_BY_MS),
          command: 'FireReminder',
          data: { name: 'c' as const, setting: version + 1 },
        }),
      );
    },
  },
});

const unbalanced = findingsOf('unbalanced');
const unfinished = findingsOf('unfinished');

type Timers = Map<string, { readonly setting: number; readonly atMs: number }>;
type Logged = FinalState['logs'][string][number];

/** For every reminder: a timer that fires was set, is due, and is the last one set; in the end none waits. */
export function reminderLaw({ logs }: FinalState): Finding[] {
  const streams = Object.keys(logs).filter((stream) => stream.startsWith(`${AGGREGATE}/`));
  return streams.flatMap((stream) => {
    const timers: Timers = new Map();
    const findings = (logs[stream] ?? []).flatMap((logged) => afterEvent(timers, logged));
    const left = [...timers.keys()].map((name) => unfinished(stream, `Timer ${name} never fired.`));
    return [...findings, ...left];
  });
}

function afterEvent(
  timers: Timers,
  { stream, version, type, data, recordedAt }: Logged,
): Finding[] {
  if (type === 'RemindersPlanned') {
    const { at, setting } = Object(data);
    for (const name of names) timers.set(name, { setting, atMs: Date.parse(at) });
    return [];
  }
  const { name, setting } = firing.parse(data);
  const timer = timers.get(name);
  timers.delete(name);
  if (name === 'a') {
    timers.delete('b');
    timers.set('c', { setting: version, atMs: Date.parse(recordedAt) + MOVED_BY_MS });
  }
  const isAsSet = timer?.setting === setting && timer.atMs <= Date.parse(recordedAt);
  if (isAsSet) return [];
  return [unbalanced(`${stream}@${version}`, `Timer ${name} fired, which was not set so.`)];
}
