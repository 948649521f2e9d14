/**
 * Any thrown value as text. Domain code may throw any value: one whose `toString` throws, or one larger than a log line
 * or a row.
 */

/** Our limit: the beginning of a message is enough. */
const CHARACTERS_MAX = 2_000;
const STACK_CHARACTERS_MAX = 8_000;

/** @example errorText(new TypeError('no')) // 'TypeError: no' */
export function errorText(error: unknown): string {
  return textOf(() => String(error), CHARACTERS_MAX);
}

/** The stack of an error; empty where there is none. */
export function stackText(error: unknown): string {
  return textOf(() => {
    const stack = error instanceof Error ? error.stack : undefined;
    return typeof stack === 'string' ? stack : '';
  }, STACK_CHARACTERS_MAX);
}

function textOf(read: () => string, charactersMax: number): string {
  try {
    return read().slice(0, charactersMax).toWellFormed();
  } catch {
    return 'A value was thrown that has no text.';
  }
}
