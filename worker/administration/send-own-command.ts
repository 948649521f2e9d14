/** Sends a command to a stream of Ledge's own, with a key of its own, so that a call whose answer was lost is repeated. */
import type { Command } from '../../core/aggregate/command.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { sendCommands } from '../commands/send-commands.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';

export interface OwnSender {
  readonly env: LedgeEnv;
  readonly platform: Pick<MachineryPlatform, 'newId' | 'log'>;
  readonly origin: Pick<Command, 'actor' | 'credential'>;
}

/** Undefined where it was accepted. */
export async function sendOwnCommand(
  { env, platform, origin }: OwnSender,
  address: StreamAddress,
  name: string,
  data: object,
): Promise<Failure | undefined> {
  const command = { name, data, fingerprint: name, ...origin, idempotencyKey: platform.newId() };
  const [outcome] = await sendCommands(env, platform.log, address, [command]);
  if (outcome?.outcome === 'accepted') return undefined;
  return outcome ?? { outcome: 'failed' };
}
