/** What a mistyped word was probably meant to be, as the end of a message. Pure. */
import { nearest } from '../core/protocol/unknown-name.ts';

/** The nearest candidate if one is near, else all of them. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  if (best !== undefined) return `Did you mean ${best}?`;
  return candidates.length === 0 ? 'There are none.' : `There are: ${candidates.join(', ')}.`;
}
