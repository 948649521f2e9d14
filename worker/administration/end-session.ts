/** Ends the session of a browser for every copy of its cookie, and closes its sockets. */
import type { endedSessions } from '../../core/access/ended-sessions.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { sessionsAddress } from '../access/key-state.ts';
import { SESSION_MS_MAX } from '../access/session.ts';
import { sendCommands } from '../commands/send-commands.ts';
import type { AuthenticatedCaller } from '../http/authenticate-caller.ts';
import { dismissSockets } from '../live/dismiss-sockets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { KEPT_MS } from '../runtime/kept-ms.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** An isolate that does not know of the end yet may prolong a copy once more. */
const LASTS_MS_MAX = SESSION_MS_MAX + 2 * KEPT_MS;

/** Undefined once it has ended, or where the caller has no session. */
export async function endSession(
  env: LedgeEnv,
  machinery: Machinery,
  { actor, tenant, key }: AuthenticatedCaller,
): Promise<Failure | undefined> {
  if (!key?.session) return undefined;
  const { id } = key.session;
  const name = 'EndSession' satisfies keyof typeof endedSessions.commands;
  const data = { session: id, lastsMsMax: LASTS_MS_MAX };
  const command = { name, data, fingerprint: name, actor, idempotencyKey: id };
  const address = sessionsAddress(key.keyId);
  const [outcome] = await sendCommands(env, machinery.platform.log, address, [command]);
  if (outcome?.outcome !== 'accepted') return outcome ?? { outcome: 'failed' };
  await dismissSockets(env, machinery, tenant, { credential: `session:${id}` });
  return undefined;
}
