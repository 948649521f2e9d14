/**
 * Sends the commands of a caller to one stream within its quotas. Commands are counted before they are sent. Whether they
 * begin the stream is known afterwards, so a place for it is taken before and given back; without a place they are sent on
 * the condition that the stream is there.
 */
import type { Command } from '../../core/aggregate/command.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { Quotas } from '../access/quotas.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { isBegun } from './new-streams.ts';
import { sendCommands } from './send-commands.ts';

export interface CallersSender {
  readonly env: LedgeEnv;
  readonly log: Log;
  readonly quotas: Quotas;
  readonly caller: Pick<AuthorizedCaller, 'quotas'>;
}

/** One outcome per command, in order. */
export async function sendWithinQuotas(
  { env, log, quotas, caller }: CallersSender,
  address: StreamAddress,
  commands: readonly Command[],
): Promise<readonly Outcome[]> {
  const { tenant } = address;
  const { commands: ofCommands, streams } = caller.quotas;
  const refused = await quotas.take(env, tenant, ofCommands, commands.length);
  if (refused) return commands.map(() => refused);
  const withoutPlace = await quotas.take(env, tenant, streams);
  if (!withoutPlace) {
    const outcomes = await sendCommands(env, log, address, commands);
    if (!outcomes.some(mayHaveBegun)) quotas.giveBack(tenant, streams);
    return outcomes;
  }
  if (withoutPlace.outcome !== 'too-many-requests') return commands.map(() => withoutPlace);
  const conditional = commands.map((command) => ({ ...command, insteadOfBeginning: withoutPlace }));
  return sendCommands(env, log, address, conditional);
}

/** What did not answer may have been executed. */
function mayHaveBegun(outcome: Outcome): boolean {
  return isBegun(outcome) || outcome.outcome === 'unavailable' || outcome.outcome === 'failed';
}
