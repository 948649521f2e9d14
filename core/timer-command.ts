/** A timer's command at both ends: why one cannot be set, and what it is when its timer is due. */
import type * as z from 'zod';
import { isLonger } from './bytes.ts';
import type { Command } from './command.ts';
import type { Timer } from './decision.ts';
import { isJson } from './json.ts';
import type { Failure, InputError } from './outcome.ts';
import { parseTime, TIME_RULE, utcText } from './time.ts';
import { type ScheduledTimer, TIMER_ACTOR } from './timers.ts';

/** The latest time that a Durable Object's alarm takes (workerd: "This API doesn't support dates after 2189"). */
export const TIMER_MS_MAX = Date.UTC(2190, 0) - 1;

/** Ours. A saga's own names of timers are shorter. */
const TIMER_ID_LENGTH_MAX = 512;
/** Ours: the platform takes rows of 2 MB. */
const TIMER_DATA_BYTES_MAX = 1_048_576;

/** Why a timer cannot be set, in words; undefined when it can. */
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
 * The command that a due timer sends, its data read by the schema that the code has now; or why it cannot be sent: the
 * code may have changed since the timer was set.
 */
export function timerCommand(schemas: Schemas, timer: ScheduledTimer): Command | Failure {
  const { command: name, data, origin } = timer;
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!schema) return { outcome: 'unknown', what: 'command', name };
  const read = schema.safeParse(data);
  if (!read.success) return { outcome: 'invalid', errors: refusedPlaces(read.error) };
  const { wish, ...caused } = origin;
  return {
    name,
    data: read.data,
    idempotencyKey: `${TIMER_ACTOR}/${wish}`,
    fingerprint: name,
    actor: TIMER_ACTOR,
    ...caused,
  };
}

/** Where, without the data: a refinement's message may quote it. */
function refusedPlaces({ issues }: z.ZodError): InputError[] {
  return issues.map(({ path, code }) => ({
    at: path.map((part) => `/${String(part)}`).join(''),
    message: `The command's schema refuses it (${code}).`,
  }));
}
