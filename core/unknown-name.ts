/**
 * A name that the app does not define, with what may have been meant: the nearest name, else those that there are. Only
 * names of the app's own definition, never of data.
 */
import type { Failure } from './outcome.ts';

/** Ours: what a person reads. */
const NAMES_MAX = 20;

/** Ours. A longer name is no slip of the pen, and comparing it would take a while. */
const NAME_CHARACTERS_MAX = 64;

/** `what` is what the name should have been of; `known` are the names that there are. */
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

/** For a person: what the name may have been. */
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

function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > NAME_CHARACTERS_MAX) return undefined;
  const [best] = known
    .map((one) => ({ one, edits: editsBetween(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, edits }) => edits <= Math.max(1, Math.floor(one.length / 4)))
    .sort((a, b) => a.edits - b.edits);
  return best?.one;
}

/** How many characters to insert, delete or replace (Levenshtein). */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [line, character] of [...from].entries()) {
    const next = [line + 1];
    for (let at = 0; at < to.length; at++) {
      const replaced = (row[at] ?? 0) + (to[at] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
