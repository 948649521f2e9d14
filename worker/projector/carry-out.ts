/** Makes the calls that reactors want: commands with a key made from the event, so that each is executed once. */
import type { Call } from '../../core/advance.ts';
import { findSaga } from '../../core/app.ts';
import { MACHINERY_KEY_PREFIX } from '../../core/command.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Reaction } from '../../core/reactor.ts';
import { prepareCommand } from '../commands/prepare-command.ts';
import { sendCommands } from '../commands/send-commands.ts';
import type { LedgeEnv } from '../env.ts';
import type { Machinery } from '../machinery.ts';
import { dispatchEffects, tellSaga } from './carry-out-saga.ts';
import { reactingTo, type Sending } from './sending.ts';

/** @throws Error when a command could not be sent, or is none. A rejection is an answer. */
export type CarryOut = (call: Call) => Promise<void>;

export function carryOutWith(machinery: Machinery, env: LedgeEnv): CarryOut {
  const sending = { machinery, env };
  return async ({ generation, event, reactions }) => {
    const [reactor = ''] = generation.split('@');
    await dispatchEffects(sending, event, reactions);
    for (const [index, reaction] of reactions.entries()) {
      const actor = `${MACHINERY_KEY_PREFIX}reactor/${reactor}`;
      const key = `${actor}/${event.stream}@${event.version}/${index}`;
      if (reaction.wantedBy) continue;
      if (findSaga(machinery.app, reaction.aggregate))
        await tellSaga(sending, event, reaction, actor);
      else await sendPolicy(sending, event, reaction, actor, key);
    }
  };
}

async function sendPolicy(
  { machinery: { app, platform }, env }: Sending,
  event: StoredEvent,
  reaction: Reaction,
  actor: string,
  idempotencyKey: string,
): Promise<void> {
  const caller = { tenant: event.tenant, actor };
  const prepared = prepareCommand(app, caller, { ...reaction, options: { idempotencyKey } });
  if ('outcome' in prepared) throw new Error(`${reaction.command} is ${prepared.outcome}.`);
  const command = { ...prepared.command, ...reactingTo(event) };
  const [outcome] = await sendCommands(env, platform.log, prepared.address, [command]);
  if (outcome?.outcome !== 'accepted' && outcome?.outcome !== 'rejected') {
    throw new Error(`${reaction.command} is ${outcome?.outcome ?? 'unanswered'}.`);
  }
}
