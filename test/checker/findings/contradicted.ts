/** I5: the same key was answered twice, differently. */
import { type Finding, findingsOf } from '../finding.ts';
import { type Intent, nameOf } from '../intents.ts';
import type { World } from '../world.ts';

const contradicted = findingsOf('contradicted');

export function findContradicted({ intents }: World): Finding[] {
  return intents.flatMap((intent) => {
    const outcomes = [...new Set(intent.tries.flatMap(outcomeOf))];
    if (outcomes.length <= 1) return [];
    return [
      contradicted(intent.stream, `${nameOf(intent)} was answered ${outcomes.join(', then ')}.`),
    ];
  });
}

/** Only the domain's decision is recorded under the key: other reasons of a refusal may have changed since. */
function outcomeOf({ answer, failure }: Intent['tries'][number]): string[] {
  if (answer) return [`accepted as [${answer.events.map(({ id }) => id)}] @${answer.version}`];
  return failure?.outcome === 'rejected' ? [`rejected as ${failure.reason}`] : [];
}
