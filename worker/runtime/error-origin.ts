/** An error without its message, which may quote what must not be logged: its name, and where it was thrown. */
import { stackText } from '../../core/failures/error-text.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import {
  type PlatformErrorKind,
  platformErrorKind,
  platformWords,
} from '../../core/failures/platform-error.ts';

const FRAMES_MAX = 5;
const CAUSES_MAX = 5;
const NAME_CHARACTERS_MAX = 100;

/**
 * A line of a stack: a function's name and a place. Strict, because a message of several lines is a part of the stack,
 * and any of its lines may begin with `at`.
 */
const FRAME =
  /^ +at (?:(?:async |new )*[\w$.<>#]+ (?:\[as [\w$]+\] )?\([^\s()?@]*:\d+:\d+\)|[^\s()?@]*:\d+:\d+)$/;

export interface ErrorOrigin {
  readonly error: string;
  readonly kind: PlatformErrorKind;
  /** The known part of the message: the platform's words, or what Ledge's own code says. */
  readonly reason: string | undefined;
  readonly at: readonly string[];
}

export function errorOrigin(error: unknown): ErrorOrigin {
  const kind = platformErrorKind(error);
  try {
    const first = firstCause(error);
    const reason = knownText(first) ?? platformWords(error);
    return { error: nameOf(first), kind, reason, at: framesOf(first) };
  } catch {
    // Domain code may throw an error whose members throw when they are read.
    return { error: 'Error', kind, reason: platformWords(error), at: [] };
  }
}

function knownText(error: unknown): string | undefined {
  return error instanceof KnownFault ? error.message : undefined;
}

/** What was thrown first, where others were thrown because of it. */
function firstCause(error: unknown): unknown {
  let first = error;
  for (let step = 0; step < CAUSES_MAX; step++) {
    if (!(first instanceof Error && first.cause !== undefined)) break;
    first = first.cause;
  }
  return first;
}

/** Domain code may set any text as the name: one that is no name is left out. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const name = String(error.name);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name.slice(0, NAME_CHARACTERS_MAX) : 'Error';
}

/** None where the stack does not hold the message as it is now: then a part of it may be an older one. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const [head = '', ...rest] = stackText(error).split(error.message || '\n');
  if (rest.length === 0 || head.includes('\n')) return [];
  const frames = rest
    .join('\n')
    .split('\n')
    .filter((line) => FRAME.test(line));
  return frames.slice(0, FRAMES_MAX).map((line) => line.trim());
}
