/** Records one operation in the audit trail of its caller's tenant: before it is done, and after. */
import { auditTrail } from '../../core/access/audit-trail.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { sendOwnCommand } from '../commands/send-own-command.ts';
import { type AuthenticatedCaller, commandOrigin } from '../http/authenticate-caller.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';

/** Ours: as the reasons that operations take in their input. */
export const REASON_CHARACTERS_MAX = 1_000;

export interface AuditedRequest {
  readonly env: LedgeEnv;
  readonly platform: MachineryPlatform;
  readonly caller: AuthenticatedCaller;
  readonly operation: string;
  readonly target: string;
  /** Of the header, for operations whose input has none. */
  readonly reason: string | undefined;
}

export class OperationAudit {
  readonly #audited: AuditedRequest;
  readonly #request: string;
  readonly #address: StreamAddress;
  #isBegun = false;

  constructor(audited: AuditedRequest) {
    const { platform, caller } = audited;
    this.#audited = audited;
    this.#request = platform.newId();
    this.#address = auditAddress(caller.tenant, dayOf(platform.nowMs()));
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Once. A failure: the operation is not recorded, and must not be done. */
  async begin(ownReason: string | undefined): Promise<Failure | undefined> {
    if (this.#isBegun) return undefined;
    const { operation, target, caller, reason: given } = this.#audited;
    const reason = ownReason ?? given ?? null;
    if (reason !== null && reason.length > REASON_CHARACTERS_MAX) return reasonTooLong;
    const unnamed = caller.isUnrestricted ? 'local-development' : 'authenticate';
    const { credential = unnamed } = caller;
    const data = { request: this.#request, operation, target, reason, credential };
    const failure = await this.#send('RequestOperation', data);
    this.#isBegun = !failure;
    return failure;
  }

  /** An end that cannot be stored leaves the request without one, which the trail shows. */
  async end(status: number): Promise<void> {
    const outcome = status < 400 ? 'done' : status < 500 ? 'refused' : 'failed';
    await this.#send('EndOperation', { request: this.#request, outcome, status });
  }

  #send(name: keyof typeof auditTrail.commands, data: object): Promise<Failure | undefined> {
    const { env, platform, caller } = this.#audited;
    const origin = commandOrigin(caller);
    return sendOwnCommand({ env, platform, origin }, this.#address, name, data);
  }
}

const reasonTooLong = invalid(
  'Ledge-Reason',
  `A reason takes at most ${REASON_CHARACTERS_MAX} characters.`,
);

export function auditAddress(tenant: string, day: string): StreamAddress {
  return { tenant, aggregate: auditTrail.name, id: day };
}

/** The day in UTC, `2026-11-26`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 'yyyy-mm-dd'.length);
}
