/**
 * A ticket opens one socket within a minute, or renews one. It names the caller that asked for it and the Live object
 * that takes it, which remembers the tickets that were used.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { KeyReference } from '../../core/access/key-reference.ts';
import { type Failure, wrongState } from '../../core/aggregate/outcome.ts';
import { commandText } from '../../core/package-name.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { SOCKET_MS_MAX } from './key-principal.ts';
import { tagSecrets } from './secrets.ts';
import { signedText, signedValue } from './signed-text.ts';

/** Ours: from the request for a ticket to the upgrade. */
export const TICKET_MS = 60_000;

/** Ours: a header carries it, beside others. */
const TICKET_BYTES_MAX = 1_500;

const ID_BYTES = 12;

const keyReference = z.object({
  keyId: z.string(),
  secretHash: z.string(),
  session: z.object({ id: z.string(), beganAtMs: z.number() }).optional(),
});

const ticket = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  shard: z.int(),
  actor: z.string(),
  roles: z.array(z.string()),
  claims: z.record(z.string(), z.unknown()),
  isUnrestricted: z.literal(true).exactOptional(),
  /** The end of the socket. */
  untilMs: z.number(),
  key: keyReference.nullable(),
  expiresAtMs: z.number(),
});

export type Ticket = z.output<typeof ticket>;

/** The caller that asks for a ticket. */
export interface TicketHolder {
  readonly actor: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  readonly isUnrestricted?: true;
  readonly opensUntil?: Date | undefined;
  readonly key?: KeyReference | undefined;
}

export interface IssuedTicket {
  readonly ticket: string;
  readonly expiresAt: string;
  /** The duration of the socket that it opens or renews. Left out: it has no end. */
  readonly lastsMs?: number;
}

export function issueTicket(
  env: LedgeEnv,
  nowMs: number,
  shard: number,
  { actor, tenant, roles, claims, isUnrestricted, opensUntil, key }: TicketHolder,
): IssuedTicket | Failure {
  const [secret] = tagSecrets(env);
  if (secret === undefined) return noSecret;
  const expiresAtMs = nowMs + TICKET_MS;
  const value: Ticket = {
    id: randomBytes(ID_BYTES).toString('base64url'),
    ...{ tenant, shard, actor, claims, expiresAtMs },
    ...(isUnrestricted && { isUnrestricted }),
    roles: [...roles],
    untilMs: Math.min(opensUntil?.getTime() ?? Number.POSITIVE_INFINITY, nowMs + SOCKET_MS_MAX),
    key: key ? keyReference.parse(key) : null,
  };
  const text = signedText(secret, 'ticket', value);
  if (text.length > TICKET_BYTES_MAX) return tooLarge;
  const lastsMs = value.untilMs - nowMs;
  return { ticket: text, expiresAt: new Date(expiresAtMs).toISOString(), lastsMs };
}

/** Where local development asks for no credential there is nothing to sign with, and a ticket is not looked at. */
export function localTicket(nowMs: number): IssuedTicket {
  return { ticket: 'local-development', expiresAt: new Date(nowMs + TICKET_MS).toISOString() };
}

/** Undefined for one that is forged or too old. Whether it was used is known to its Live object alone. */
export function readTicket(env: LedgeEnv, nowMs: number, text: string): Ticket | undefined {
  if (text.length > TICKET_BYTES_MAX) return undefined;
  const read = signedValue(tagSecrets(env), 'ticket', ticket, text);
  return read && nowMs < Math.min(read.expiresAtMs, read.untilMs) ? read : undefined;
}

const noSecret = wrongState(
  `Tickets are signed with the secret LEDGE_SECRET, which is not set. Set it: ${commandText('access init --remote')}.`,
);

const tooLarge: Failure = {
  outcome: 'too-large',
  what: 'ticket with the roles and claims of its caller',
  limitBytes: TICKET_BYTES_MAX,
};
