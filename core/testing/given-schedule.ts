/** The test kit of schedules: the ticks between two moments, and the commands that follow from one. */
import type { Reaction } from '../process/reactor.ts';
import { type Schedule, tickOf } from '../schedule/schedule.ts';
import { parseTime, TIME_RULE, utcText } from '../values/time.ts';
import { expectSame } from './expect-same.ts';

/** What follows from a tick. */
export interface ScheduleStory {
  /** Exactly these commands, in this order. */
  thenSends(...commands: readonly Reaction[]): void;
}

/** Ours: a test names each. */
const TICKS_MAX = 1_000;

/**
 * Begins a test of a schedule. Times are in UTC, or have an offset.
 *
 * @throws Error for a time that is none of its ticks
 * @example givenSchedule(nightly).between('2027-03-27T00:00:00Z', '2027-03-29T00:00:00Z').thenTicksAt(
 *   '2027-03-27T02:00:00.000Z', '2027-03-28T01:00:00.000Z');
 * givenSchedule(nightly).whenTicks('2027-03-28T01:00:00Z').thenSends(command(report, '2027-03-28', 'CompileReport', {}));
 */
export function givenSchedule(schedule: Schedule): {
  /** After the first, up to the second. */
  between(after: string, upTo: string): { thenTicksAt(...times: readonly string[]): void };
  whenTicks(at: string, tenant?: string): ScheduleStory;
} {
  const { name, times } = schedule;
  return {
    between: (after, upTo) => ({
      thenTicksAt: (...expected) => {
        const found: string[] = [];
        let tick = times.next(timeOf(after));
        while (tick !== undefined && tick <= timeOf(upTo) && found.length < TICKS_MAX) {
          found.push(utcText(tick));
          tick = times.next(tick);
        }
        expectSame(
          `Ticks of ${name}`,
          expected.map((one) => utcText(timeOf(one))),
          found,
        );
      },
    }),
    whenTicks: (at, tenant = 'main') => {
      const atMs = timeOf(at);
      if (times.newest(atMs) !== atMs) throw new Error(`${at} is no tick of ${name}.`);
      const commands = schedule.commandsAt(Object.freeze(tickOf(schedule, tenant, atMs)));
      return {
        thenSends: (...expected) => expectSame(`Commands of ${name}`, expected, commands),
      };
    },
  };
}

function timeOf(text: string): number {
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw new RangeError(`${text} is no time. ${TIME_RULE}`);
  return timeMs;
}
