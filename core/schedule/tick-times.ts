/**
 * The ticks of a cron in a time zone, as croner finds them. Two rules are ours to choose where clocks are changed. A cron whose
 * minute and hour are numbers, lists or ranges has one tick for each of its local times: at the end of the gap for one that the
 * day does not have, at the first of both for one that it has twice. A cron with `*` or a step in its minute or hour goes by
 * time as it passes: nothing in the gap, both of the repeated hour.
 */
import { Cron } from 'croner';
import { BoundedMap } from '../values/bounded-map.ts';
import type { TickTimes } from './schedule.ts';

const SECOND_MS = 1_000;

/** Ours: each look takes 0.1 to 0.2 ms, and most tenants ask for the same. */
const KEPT_MAX = 1_000;

/** Without `?`, which croner replaces by the time of the start, and without dates and names like @daily. */
const FIELDS = /^[\dA-Za-z*,/#-]+( [\dA-Za-z*,/#-]+){4}$/;

const CRON_RULE =
  'five fields with one space between them: minute, hour, day of the month, month, day of the week, like 0 3 * * MON-FRI';

/** Whichever: only a cron without any tick, like 30 February, has none after it. */
const ANY_TIME = new Date('2026-01-01T00:00:00Z');

/** @throws RangeError for a cron that is none or has no tick, and for an unknown time zone */
export function tickTimes(cron: string, timeZone: string): TickTimes {
  const clock = clockOf(timeZone);
  const found = cronOf(cron, timeZone);
  return {
    next: kept((afterMs) => found.nextRun(new Date(afterMs))?.getTime()),
    newest: kept((upToMs) => {
      // croner's look back goes by whole seconds, and excludes the one that it begins with.
      const endMs = upToMs - (upToMs % SECOND_MS) + SECOND_MS;
      return found.previousRuns(1, new Date(endMs))[0]?.getTime();
    }),
    localTime: (atMs) => {
      const parts = clock.formatToParts(atMs).map(({ type, value }) => [type, value] as const);
      const { year, month, day, hour, minute } = Object.fromEntries(parts);
      return `${year}-${month}-${day}T${hour}:${minute}`;
    },
  };
}

type Look = (timeMs: number) => number | undefined;

function kept(look: Look): Look {
  const known = new BoundedMap<number, { readonly tick: number | undefined }>(KEPT_MAX);
  return (timeMs) => (known.get(timeMs) ?? known.put(timeMs, { tick: look(timeMs) })).tick;
}

function cronOf(cron: string, timeZone: string): Cron {
  if (!FIELDS.test(cron)) throw new RangeError(`The cron ${cron} is none: it has ${CRON_RULE}.`);
  const found = attempt(
    () =>
      new Cron(cron, {
        timezone: timeZone,
        mode: '5-part',
        fixedTimeRule: 'no-wildcard',
        paused: true,
      }),
    (reason) => new RangeError(`The cron ${cron} is none: ${reason}`),
  );
  if (found.nextRun(ANY_TIME)) return found;
  throw new RangeError(`The cron ${cron} has no tick: no year has such a day.`);
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const fault = new RangeError(
    `The time zone ${timeZone} is none: it has a name of the IANA, like Europe/Zurich or UTC.`,
  );
  // An offset like +02:00 is no zone: it knows no daylight saving time.
  if (!/^[A-Za-z]/.test(timeZone)) throw fault;
  return attempt(
    () =>
      new Intl.DateTimeFormat('en-US', {
        ...{ timeZone, hourCycle: 'h23', year: 'numeric' },
        ...{ month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
      }),
    () => fault,
  );
}

function attempt<Value>(make: () => Value, faultOf: (reason: string) => Error): Value {
  try {
    return make();
  } catch (error) {
    throw faultOf(error instanceof Error ? error.message : String(error));
  }
}
