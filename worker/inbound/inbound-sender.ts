/** The sender of a message to an inbound: a caller with the grant, or a system that has signed it. */
import { limitsOf } from '../../core/access/caller-limits.ts';
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { Inbound } from '../../core/inbound/inbound.ts';
import type { InboundSignature } from '../../core/inbound/verification.ts';
import type { Quotas } from '../access/quotas.ts';
import type { RateLimits } from '../access/rate-limits.ts';
import { admitted } from '../http/admit-caller.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { isOpenLocally, LOCAL_DEVELOPER } from '../http/local-developer.ts';
import { limitedRefusal } from '../http/request-limits.ts';
import { withJitter } from '../http/unavailable.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { inboundSecrets } from './inbound-secrets.ts';
import { isSigned } from './signed-body.ts';

/** The tenant and the actor of its commands, and what limits them. */
export type InboundSender = Pick<
  AuthorizedCaller,
  'tenant' | 'actor' | 'credential' | 'quotas' | 'limits' | 'place' | 'suspension'
>;

export interface InboundDoor {
  readonly machinery: Machinery;
  readonly rates: RateLimits;
  readonly quotas: Quotas;
}

interface InboundRequest {
  readonly request: Request;
  readonly env: LedgeEnv;
  readonly body: Uint8Array;
  /** Of an inbound that takes a credential. */
  readonly caller: AuthorizedCaller | undefined;
}

export function inboundActor(name: string): string {
  return `inbound:${name}`;
}

export async function inboundSender(
  door: InboundDoor,
  inbound: Inbound,
  received: InboundRequest,
): Promise<InboundSender | Failure> {
  const { verify, name } = inbound;
  const actor = inboundActor(name);
  const { request, env, caller } = received;
  if (verify.kind === 'credential') {
    if (!caller) return { outcome: 'failed' };
    return caller.rights.maySendTo(name) ? { ...caller, actor } : ungranted(`inbound ${name}`);
  }
  const refused = await refusedSignature(door, name, verify, received);
  if (refused) return limitedRefusal(door.rates, env, request.headers, refused);
  const { machinery } = door;
  const tenant = inboundTenant(machinery, inbound);
  const signed = { tenant, actor, roles: [], claims: {} };
  // In local development there is one tenant, which is in no directory.
  const sender = isOpenLocally(env) ? { ...LOCAL_DEVELOPER, actor } : signed;
  // A program: of the class that programs have where no role says otherwise.
  const limits = limitsOf(undefined, []);
  return admitted(door, sender, { request, env, need: 'caller', limits });
}

/** Undefined where the signature is one that the inbound accepts. */
async function refusedSignature(
  { machinery: { platform } }: InboundDoor,
  name: string,
  verify: InboundSignature,
  { request: { headers }, env, body }: InboundRequest,
): Promise<Failure | undefined> {
  const secrets = inboundSecrets(env, verify);
  if (!secrets) {
    const note = 'a secret of an inbound is missing, or is none: its messages are refused';
    platform.log('error', { operation: 'inbound', note, inbound: name, members: [verify.secret] });
    const detail = 'The deployment cannot verify this signature now.';
    return { outcome: 'unavailable', detail, retryAfterSeconds: withJitter(RETRY_SECONDS) };
  }
  const isAccepted = await isSigned(verify, secrets, { headers, body }, platform.nowMs());
  return isAccepted ? undefined : { outcome: 'unauthorized', why: 'invalid' };
}

/** An operator has to put the secret. */
const RETRY_SECONDS = 60;

/** @throws Error where neither the inbound nor the Worker names one */
export function inboundTenant(
  { publicTenant }: Pick<Machinery, 'publicTenant'>,
  { name, tenant = publicTenant }: Inbound,
): string {
  if (tenant !== undefined) return tenant;
  throw new Error(`The inbound ${name} is signed, and names no tenant. Add tenant to it.`);
}
