/** An error without its message, which may quote what must not be logged: its name, and where it was thrown. */
import { stackText } from '../../core/failures/error-text.ts';

const FRAMES_MAX = 5;
const NAME_CHARACTERS_MAX = 100;

export function errorOrigin(error: unknown): { error: string; at: readonly string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  const frames = stackText(error)
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^ +at /.test(line));
  const at = frames.slice(0, FRAMES_MAX).map((line) => line.trim());
  return { error: error.name.slice(0, NAME_CHARACTERS_MAX), at };
}
