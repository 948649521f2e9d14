/** Sends a command to a stream of Ledge's own, with a key of its own, so that a call whose answer was lost is repeated. */
import type { Command } from '../../core/aggregate/command.ts';
import type { Failure, Outcome } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';
import { sendCommands } from './send-commands.ts';

export interface OwnSender {
  readonly env: LedgeEnv;
  readonly platform: Pick<MachineryPlatform, 'newId' | 'log'>;
  readonly origin: Pick<Command, 'actor' | 'credential'>;
}

/** Undefined where it was accepted. */
export async function sendOwnCommand(
  sender: OwnSender,
  address: StreamAddress,
  name: string,
  data: object,
): Promise<Failure | undefined> {
  return outcomeFailure(await ownCommandOutcome(sender, address, name, data));
}

/** `once`: what makes it a repeat of an earlier request. Left out: it is none. */
export async function ownCommandOutcome(
  { env, platform, origin }: OwnSender,
  address: StreamAddress,
  name: string,
  data: object,
  once: Partial<Pick<Command, 'fingerprint' | 'idempotencyKey'>> = {},
): Promise<Outcome | undefined> {
  const own = { fingerprint: name, idempotencyKey: platform.newId() };
  const command = { name, data, ...origin, ...own, ...once };
  const [outcome] = await sendCommands(env, platform.log, address, [command]);
  return outcome;
}

export function outcomeFailure(outcome: Outcome | undefined): Failure | undefined {
  if (outcome?.outcome === 'accepted') return undefined;
  return outcome ?? { outcome: 'failed' };
}
