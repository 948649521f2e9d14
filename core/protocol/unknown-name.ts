/**
 * A name that the app does not define, with a suggestion: the most similar name, else the known names. Suggestions are
 * names of definitions, never data.
 */
import type { Failure } from '../aggregate/outcome.ts';

/** Our limit: a person reads the list. */
const NAMES_MAX = 20;

/** Our limit: a longer name is not a typing error, and comparing it takes long. */
const NAME_CHARACTERS_MAX = 64;

/** `what` is the kind of thing that the name was looked up for; `known` are the defined names. */
export function unknownName(
  what: string,
  name: string,
  known: readonly string[],
): Extract<Failure, { outcome: 'unknown' }> {
  const failure = { outcome: 'unknown', what, name } as const;
  const suggestion = nearest(name, known);
  if (suggestion !== undefined) return { ...failure, suggestion };
  return known.length <= NAMES_MAX ? { ...failure, known } : failure;
}

/** A sentence with the suggestion. */
export function hintOf({
  suggestion,
  known = [],
}: {
  readonly suggestion?: string;
  readonly known?: readonly string[];
}): string {
  if (suggestion !== undefined) return ` Did you mean ${suggestion}?`;
  return known.length === 0 ? '' : ` There is: ${known.join(', ')}.`;
}

/** The most similar of the known names; undefined if none is similar. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > NAME_CHARACTERS_MAX) return undefined;
  const [best] = known
    .map((one) => ({ one, edits: editsBetween(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, edits }) => edits <= Math.max(1, Math.floor(one.length / 4)))
    .sort((a, b) => a.edits - b.edits);
  return best?.one;
}

/** Characters inserted, deleted, replaced, or swapped with their neighbour (optimal string alignment). */
function editsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
