/** I5: the same key was answered twice, differently. */
import { type Finding, findingsOf } from '../finding.ts';
import { nameOf, type Wish } from '../wishes.ts';
import type { World } from '../world.ts';

const contradicted = findingsOf('contradicted');

export function findContradicted({ wishes }: World): Finding[] {
  return wishes.flatMap((wish) => {
    const outcomes = [...new Set(wish.tries.flatMap(outcomeOf))];
    if (outcomes.length <= 1) return [];
    return [contradicted(wish.stream, `${nameOf(wish)} was answered ${outcomes.join(', then ')}.`)];
  });
}

/** Only the domain's word is kept with the key: what else refused it may have changed since. */
function outcomeOf({ answer, failure }: Wish['tries'][number]): string[] {
  if (answer) return [`accepted as [${answer.events.map(({ id }) => id)}] @${answer.version}`];
  return failure?.outcome === 'rejected' ? [`rejected as ${failure.reason}`] : [];
}
