/** Dead letters of one projection with one error. Pure. */
import type { DeadLetter } from '../../../../core/operator-shapes/dead-letter.ts';

export interface LetterGroup {
  /** Empty: deliveries that failed as a whole. */
  readonly generation: string;
  readonly error: string;
  readonly letters: number;
  readonly streams: number;
  readonly types: readonly string[];
  /** When the first of them was parked. */
  readonly since: string;
}

/** The largest first. */
export function groupsOf(letters: readonly DeadLetter[]): readonly LetterGroup[] {
  const groups = Map.groupBy(letters, ({ generation, error }) => `${generation} ${error}`);
  return Array.from(groups.values(), groupOf).sort((one, other) => other.letters - one.letters);
}

function groupOf(letters: readonly DeadLetter[]): LetterGroup {
  const { generation = '', error = '' } = letters[0] ?? {};
  return {
    generation,
    error,
    letters: letters.length,
    streams: new Set(letters.map(({ stream }) => stream)).size,
    types: [...new Set(letters.map(({ type }) => type))],
    since: letters.reduce((first, { parkedAt }) => (parkedAt < first ? parkedAt : first), '9'),
  };
}

/** The name of a projection or an inbound, without its version. */
export function nameOf(generation: string): string {
  return generation.replace(/@\d+$/, '');
}
