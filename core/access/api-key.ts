/**
 * An API key is a stream of Ledge's own, `ledge.key/{id}`: issued once, rotated, revoked. It holds the SHA-256 of the
 * key's secret and never the secret: 192 random bits need no slow hash.
 */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, later, reject } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';

/** The principal of the key's bearer, and how long the key is valid. */
const grant = {
  tenant: z.string(),
  principal: z.string(),
  roles: z.array(z.string()).readonly(),
  /** What the access rules may see of the bearer. */
  claims: z.record(z.string(), z.json()).readonly(),
  /** Of the secret, in hexadecimal. */
  hash: z.string(),
  /** Null: it does not expire. */
  expiresAt: z.string().nullable(),
  note: z.string(),
};

const events = {
  KeyIssued: event(z.strictObject(grant)),
  /** The secret before is valid until `previousUntil`. */
  KeyRotated: event(z.strictObject({ hash: z.string(), previousUntil: z.string() })),
  KeyRevoked: event(z.strictObject({ reason: z.string() })),
};

const commands = {
  IssueKey: z.strictObject(grant),
  RotateKey: z.strictObject({ hash: z.string(), graceMs: z.int().min(0) }),
  RevokeKey: z.strictObject({ reason: z.string() }),
};

interface Grant {
  readonly tenant: string;
  readonly principal: string;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  readonly hash: string;
  readonly expiresAt: string | null;
  readonly note: string;
  readonly previous: { readonly hash: string; readonly until: string } | null;
}

export type ApiKeyState =
  | { readonly status: 'unknown' }
  | (Grant & { readonly status: 'active' })
  | (Grant & { readonly status: 'revoked'; readonly reason: string });

export type IssuedKey = Exclude<ApiKeyState, { status: 'unknown' }>;

export const apiKey = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}key`,
  events,
  commands,
  initialState: (): ApiKeyState => ({ status: 'unknown' }),
  evolve: {
    KeyIssued: (_state, { data }) => ({ status: 'active', ...data, previous: null }),
    KeyRotated: (state, { data: { hash, previousUntil } }) =>
      state.status === 'unknown'
        ? state
        : { ...state, hash, previous: { hash: state.hash, until: previousUntil } },
    KeyRevoked: (state, { data: { reason } }) =>
      state.status === 'unknown' ? state : { ...state, status: 'revoked', reason },
  },
  decide: {
    IssueKey: (data, { status }) =>
      status === 'unknown' ? accept({ type: 'KeyIssued', data }) : reject('key-exists'),
    RotateKey: ({ hash, graceMs }, state, { now }) => {
      if (state.status === 'unknown') return reject('key-unknown');
      if (state.status === 'revoked') return reject('key-revoked');
      if (hasExpired(state, Date.parse(now))) return reject('key-expired');
      return accept({ type: 'KeyRotated', data: { hash, previousUntil: later(now, graceMs) } });
    },
    /** A revoked key stays as it is: the first reason counts. */
    RevokeKey: ({ reason }, { status }) => {
      if (status === 'unknown') return reject('key-unknown');
      return status === 'revoked' ? accept() : accept({ type: 'KeyRevoked', data: { reason } });
    },
  },
});

export function hasExpired({ expiresAt }: Pick<IssuedKey, 'expiresAt'>, nowMs: number): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs;
}
