/** I6: a command that expected a version was accepted at another. */
import { type Finding, findingsOf } from '../finding.ts';
import { firstVersion, nameOf } from '../wishes.ts';
import type { World } from '../world.ts';

const unguarded = findingsOf('unguarded');

export function findUnguarded({ wishes }: World): Finding[] {
  return wishes.flatMap((wish) => {
    const expected = wish.tries[0]?.wanted.expectedVersion;
    if (!wish.accepted || expected === undefined) return [];
    const before = firstVersion(wish.accepted) - 1;
    if (before === expected) return [];
    const detail = `${nameOf(wish)} expected version ${expected} and was accepted at ${before}.`;
    return [unguarded(wish.stream, detail)];
  });
}
