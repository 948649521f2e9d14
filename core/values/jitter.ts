/** The maximum jitter, as a fraction of the delay. */
const SPREAD = 0.5;

/**
 * A delay plus up to 50 %, so that attempts that failed together are not retried together. The same name always gets
 * the same jitter, so that the result is deterministic.
 */
export function withStableJitter(waitMs: number, name: string): number {
  return Math.round(waitMs * (1 + SPREAD * fractionOf(name)));
}

/** FNV-1a (Fowler, Noll, Vo) and the last mixing steps of MurmurHash3, for names that differ in one character only. */
function fractionOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const character of name)
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
