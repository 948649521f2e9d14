/**
 * The only parser of times: ISO 8601 date-times with a zone, of days that exist. JavaScript's own parser takes `0` for
 * the year 2000 and 31 February for 3 March, and reads a time without a zone in the machine's zone.
 */

/** Years before 0 and after 9999 do not fit into an ISO date of this form. */
const TIME_MS_MIN = Date.UTC(-1, 12);
const TIME_MS_MAX = Date.UTC(10_000, 0) - 1;

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

export const TIME_RULE =
  'A time is an ISO 8601 date-time with its zone, like 2027-02-28T10:00:00Z or 2027-02-28T11:00:00.000+01:00, of a day that the calendar has, in the years 0000 to 9999 of UTC.';

/** Milliseconds since 1970. Undefined for anything that `TIME_RULE` does not describe. */
export function parseTime(text: string): number | undefined {
  const [whole, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (whole === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  const timeMs = Date.parse(whole);
  return isTime(timeMs) ? timeMs : undefined;
}

/** Whether a number of milliseconds since 1970 can be written as a time. */
export function isTime(timeMs: number): boolean {
  return timeMs >= TIME_MS_MIN && timeMs <= TIME_MS_MAX;
}

/** The time in UTC, in the form that is stored and compared as text. */
export function utcText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

/** The day before the next month's first. The calendar repeats after 400 years; `Date.UTC` reads years below 100 as 19xx. */
function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2_000 + (year % 400), month, 0)).getUTCDate();
}

/** The maximum delay in milliseconds: 100 years. Our limit: a longer one is a mistaken unit. */
export const DELAY_MS_MAX = 3_155_760_000_000;

export const DELAY_RULE = `A delay is a number of milliseconds from 0 to ${DELAY_MS_MAX} (100 years).`;

export function isDelay(delayMs: number): boolean {
  return delayMs >= 0 && delayMs <= DELAY_MS_MAX;
}
