/** AC1, AC2, EN3: a command was accepted that its credential did not let its client send, or no more. */
import { parseStreamName } from '../../../core/aggregate/stream.ts';
import { type Finding, findingsOf } from '../finding.ts';
import { type Intent, nameOf } from '../intents.ts';
import { credentialOf, isGranted, isWithin, type KnownCredential } from '../known-credential.ts';
import { stateAt } from '../stream-states.ts';
import type { World } from '../world.ts';

const ungranted = findingsOf('ungranted');

export function findUngranted(world: World): Finding[] {
  return world.intents.flatMap((intent) => {
    const [first] = intent.tries;
    const by = first && credentialOf(world.credentials, first.wanted);
    return by
      ? [...late(intent, by), ...suspended(world, intent), ...beyond(world, intent, by)]
      : [];
  });
}

function suspended({ suspendedTimes }: World, { tries, stream }: Intent): Finding[] {
  return tries
    .filter((one) => one.answer && suspendedTimes.some((time) => isWithin(time, one)))
    .map(({ process }) => ungranted(stream, `${process} was accepted in a suspended tenant.`));
}

function late({ tries, stream }: Intent, { endsAtMs }: KnownCredential): Finding[] {
  return tries
    .filter(({ answer, invokedAtMs }) => answer && invokedAtMs > endsAtMs)
    .map(({ process, invokedAtMs }) => {
      const afterMs = Math.ceil(invokedAtMs - endsAtMs);
      return ungranted(stream, `${process} was accepted ${afterMs} ms after its credential ended.`);
    });
}

/** By the state before the events that the command has left; without events it has changed nothing. */
function beyond(world: World, intent: Intent, by: KnownCredential): Finding[] {
  const { stream, key, tries } = intent;
  const match = by.sends[parseStreamName(stream)?.aggregate ?? ''];
  return world.groups
    .filter((group) => group.stream === stream && group.commandId === key)
    .flatMap(({ first }) => {
      const given = first === 1 ? tries[0]?.wanted.data : stateAt(world, stream, first - 1);
      if (isGranted(match, given)) return [];
      const detail = `${nameOf(intent)} was accepted on ${JSON.stringify(given)}, which nothing grants.`;
      return [ungranted(`${stream}@${first}`, detail)];
    });
}
