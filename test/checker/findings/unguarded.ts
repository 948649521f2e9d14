/** I6: a command that expected a version was accepted at another. */
import { type Finding, findingsOf } from '../finding.ts';
import { firstVersion, nameOf } from '../intents.ts';
import type { World } from '../world.ts';

const unguarded = findingsOf('unguarded');

export function findUnguarded({ intents }: World): Finding[] {
  return intents.flatMap((intent) => {
    const expected = intent.tries[0]?.wanted.expectedVersion;
    if (!intent.accepted || expected === undefined) return [];
    const before = firstVersion(intent.accepted) - 1;
    if (before === expected) return [];
    const detail = `${nameOf(intent)} expected version ${expected} and was accepted at ${before}.`;
    return [unguarded(intent.stream, detail)];
  });
}
