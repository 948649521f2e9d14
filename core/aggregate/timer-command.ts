/** A timer's command when the timer is set, where it is checked, and when it is due, where it is parsed. */
import type * as z from 'zod';
import { isLonger } from '../values/bytes.ts';
import { isJson } from '../values/json.ts';
import { ownValue } from '../values/own-value.ts';
import { parseTime, TIME_RULE, utcText } from '../values/time.ts';
import type { Command } from './command.ts';
import type { Timer } from './decision.ts';
import type { Failure, InputError } from './outcome.ts';
import { type ScheduledTimer, TIMER_ACTOR } from './timers.ts';

/** The latest time that a Durable Object's alarm takes (workerd: "This API doesn't support dates after 2189"). */
export const TIMER_MS_MAX = Date.UTC(2190, 0) - 1;

/** Our limit. The timer ids of sagas are shorter. */
const TIMER_ID_LENGTH_MAX = 512;
/** Our limit: the platform takes 2 MB per row. */
const TIMER_DATA_BYTES_MAX = 1_048_576;

/** The reason why a timer cannot be set, as a sentence; undefined for a valid timer. */
export function timerFault(
  schema: z.ZodType | undefined,
  { id, at, data }: Extract<Timer, { timer: 'schedule' }>,
): string | undefined {
  const atMs = parseTime(at);
  if (!isTimerId(id)) return `Its id needs 1 to ${TIMER_ID_LENGTH_MAX} characters.`;
  if (atMs === undefined) return TIME_RULE;
  if (atMs > TIMER_MS_MAX) return `No alarm can be set for a time after ${utcText(TIMER_MS_MAX)}.`;
  if (!schema) return 'The aggregate has no such command.';
  if (!isJson(data)) return 'JSON cannot hold its data.';
  if (!schema.safeParse(data).success) return "The command's schema refuses its data.";
  if (isLonger(JSON.stringify(data), TIMER_DATA_BYTES_MAX)) {
    return `Its data takes more than ${TIMER_DATA_BYTES_MAX} bytes.`;
  }
  return undefined;
}

function isTimerId(id: string): boolean {
  return id.length > 0 && id.length <= TIMER_ID_LENGTH_MAX && id.isWellFormed();
}

type Schemas = Readonly<Record<string, z.ZodType>>;

/**
 * The command of a due timer, its data parsed by the current schema; or a failure, because the code may have changed
 * since the timer was set.
 */
export function timerCommand(schemas: Schemas, timer: ScheduledTimer): Command | Failure {
  const { command: name, data, origin } = timer;
  const schema = ownValue(schemas, name);
  if (!schema) return { outcome: 'unknown', what: 'command', name };
  const read = schema.safeParse(data);
  if (!read.success) return { outcome: 'invalid', errors: refusedPlaces(read.error) };
  const { scheduleId, ...caused } = origin;
  return {
    name,
    data: read.data,
    idempotencyKey: `${TIMER_ACTOR}/${scheduleId}`,
    fingerprint: name,
    actor: TIMER_ACTOR,
    ...caused,
  };
}

/** The paths alone: a refinement's message may quote the data. */
function refusedPlaces({ issues }: z.ZodError): InputError[] {
  return issues.map(({ path, code }) => ({
    at: path.map((part) => `/${String(part)}`).join(''),
    message: `The command's schema refuses it (${code}).`,
  }));
}
