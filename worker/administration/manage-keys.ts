/**
 * What an administrator does with API keys. One of Ledge's own tenant manages all of them; one of another tenant manages
 * that tenant's, and gives away no role that it lacks.
 */
import {
  type ApiKeyState,
  type apiKey,
  hasExpired,
  type IssuedKey,
} from '../../core/access/api-key.ts';
import type { Access } from '../../core/access/define-access.ts';
import type { keyList } from '../../core/access/key-list.ts';
import { isKeyId } from '../../core/access/key-text.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { deploymentRoles } from '../../core/access/roles.ts';
import { type Failure, invalid, type Outcome, wrongState } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { App } from '../../core/app.ts';
import type { ApiKeyView, ShownApiKey } from '../../core/operator-shapes/api-key.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { ownValue } from '../../core/values/own-value.ts';
import { hashOf, issueKey, newKeyId } from '../access/issue-key.ts';
import { keyAddress, keyListAddress, readKeyState } from '../access/key-state.ts';
import { SECRET_CHARACTERS_MIN, tagSecrets } from '../access/secrets.ts';
import type { IssueKeyInput } from '../api/inputs/keys.ts';
import { outcomeFailure, ownCommandOutcome } from '../commands/send-own-command.ts';
import { type AuthenticatedCaller, commandOrigin } from '../http/authenticate-caller.ts';
import { invalidInput } from '../http/input-errors.ts';
import { dismissSockets } from '../live/dismiss-sockets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { KnownTenants } from '../runtime/known-tenants.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';
import { type ListingCommand, listedIn, listingUnder } from './issue-once.ts';

export interface KeyAdministration {
  readonly env: LedgeEnv;
  readonly app: App;
  readonly platform: MachineryPlatform;
  /** Left out: the app has no roles of its own. */
  readonly access: Access | undefined;
  readonly tenants: KnownTenants;
  readonly caller: AuthenticatedCaller;
}

/** A repeat under the same idempotency key answers the view of the key, and never the key. */
export async function issueNewKey(
  by: KeyAdministration,
  input: IssueKeyInput,
  idempotencyKey?: string,
): Promise<ShownApiKey | ApiKeyView | Failure> {
  const { tenant = by.caller.tenant, expiresAt, roles, claims, ...given } = input;
  const nowMs = by.platform.nowMs();
  const refused =
    exceeded(by, { tenant, roles, claims }) ??
    grantFault(by, { roles, claims }) ??
    (await by.tenants.fault(by.env, tenant));
  if (refused) return refused;
  if (hasExpired({ expiresAt }, nowMs)) return invalid('/expiresAt', 'This time has passed.');
  const [secret] = tagSecrets(by.env);
  if (secret === undefined) return withoutSecret;
  // A crash in between leaves an id without a key; the other order could leave a key that is in no list.
  const once = idempotencyKey === undefined ? {} : listingUnder(by.caller, idempotencyKey, input);
  const id = await listNewKey(by, tenant, newKeyId(nowMs), once);
  if (typeof id !== 'string') return id;
  const { key, hash } = issueKey(secret, id);
  const issued = { ...given, tenant, expiresAt, claims, roles: [...new Set(roles)], hash };
  const failure = await send(by, keyAddress(id), 'IssueKey', issued);
  if (isIssuedBefore(failure)) return viewOfManaged(by, id);
  return failure ?? { ...viewOf(id, { ...issued, status: 'active', previous: null }, nowMs), key };
}

/** The id under which the key is listed: that of an earlier request with the same idempotency key, or the new one. */
async function listNewKey(
  by: KeyAdministration,
  tenant: string,
  newId: string,
  once: Partial<ListingCommand>,
): Promise<string | Failure> {
  const outcome = await outcomeOf(by, keyListAddress(OWN_TENANT), 'ListKey', { key: newId }, once);
  const id = listedIn(outcome);
  if (id === undefined) return outcomeFailure(outcome) ?? { outcome: 'failed' };
  const failure = tenant === OWN_TENANT ? undefined : await listInTenant(by, tenant, id);
  return failure ?? id;
}

/** Once, also where a repeat comes with the id that the first request chose. */
function listInTenant(by: KeyAdministration, tenant: string, id: string) {
  const once = { fingerprint: hashOf(id), idempotencyKey: `list:${id}` };
  return send(by, keyListAddress(tenant), 'ListKey', { key: id }, once);
}

/** Keys are issued once each: of two requests under one idempotency key one issues it. */
function isIssuedBefore(failure: Failure | undefined): boolean {
  return failure?.outcome === 'rejected' && failure.reason === 'key-exists';
}

export async function rotateKey(
  by: KeyAdministration,
  id: string,
  { graceMs }: { readonly graceMs: number },
): Promise<ShownApiKey | Failure> {
  const before = await managedKey(by, id);
  if ('outcome' in before) return before;
  const refused = exceeded(by, before);
  if (refused) return refused;
  const [secret] = tagSecrets(by.env);
  if (secret === undefined) return withoutSecret;
  const { key, hash } = issueKey(secret, id);
  const failure = await send(by, keyAddress(id), 'RotateKey', { hash, graceMs });
  if (failure) return failure;
  if (graceMs === 0) await dismissBearers(by, before.tenant, id);
  const after = await managedKey(by, id);
  return 'outcome' in after ? after : { ...viewOf(id, after, by.platform.nowMs()), key };
}

export async function revokeKey(
  by: KeyAdministration,
  id: string,
  input: { readonly reason: string },
): Promise<ApiKeyView | Failure> {
  const before = await managedKey(by, id);
  if ('outcome' in before) return before;
  const failure = await send(by, keyAddress(id), 'RevokeKey', input);
  if (failure) return failure;
  await dismissBearers(by, before.tenant, id);
  return viewOfManaged(by, id);
}

async function viewOfManaged(by: KeyAdministration, id: string): Promise<ApiKeyView | Failure> {
  const state = await managedKey(by, id);
  return 'outcome' in state ? state : viewOf(id, state, by.platform.nowMs());
}

/** An idle socket would stay open until something is to be sent on it. */
function dismissBearers(by: KeyAdministration, tenant: string, id: string): Promise<void> {
  return dismissSockets(by.env, by, tenant, { credential: `key:${id}` });
}

export function isManaged({ tenant }: AuthenticatedCaller, state: ApiKeyState): state is IssuedKey {
  return state.status !== 'unknown' && (tenant === OWN_TENANT || tenant === state.tenant);
}

export function viewOf(id: string, state: IssuedKey, nowMs: number): ApiKeyView {
  const { status, tenant, principal, roles, claims, expiresAt, previous, note } = state;
  const isOver = status === 'active' && hasExpired(state, nowMs);
  return {
    ...{ id, status: isOver ? 'expired' : status, tenant, principal, roles, claims, expiresAt },
    previousUntil: previous?.until ?? null,
    note,
    reason: status === 'revoked' ? state.reason : null,
  };
}

/** A key of another tenant is as unknown as one that was never issued. */
async function managedKey({ env, caller }: KeyAdministration, id: string) {
  const state = isKeyId(id) ? await readKeyState(env, id) : { status: 'unknown' as const };
  const unknown: Failure = { outcome: 'unknown', what: 'key', name: id };
  return isManaged(caller, state) ? state : unknown;
}

/** Rotating shows the key's bearer as well, so it is authorized like issuing. */
function exceeded(
  { caller }: KeyAdministration,
  { tenant, roles, claims }: Pick<IssuedKey, 'tenant' | 'roles' | 'claims'>,
): Failure | undefined {
  if (caller.tenant === OWN_TENANT) return undefined;
  if (tenant !== caller.tenant) return otherTenant;
  if (!roles.every((role) => caller.roles.includes(role))) return otherRole;
  const isOwn = ([name, value]: [string, unknown]) =>
    canonicalJson(ownValue(caller.claims, name) ?? null) === canonicalJson(value);
  return Object.entries(claims).every(isOwn) ? undefined : otherClaim;
}

/** A role or a claim that grants nothing is a mistake, which its bearer would notice too late. */
function grantFault(
  { access }: KeyAdministration,
  { roles, claims }: Pick<IssuedKey, 'roles' | 'claims'>,
): Failure | undefined {
  const known = [...deploymentRoles, ...Object.keys(access?.roles ?? {})];
  const unknown = roles.findIndex((role) => !known.includes(role));
  if (unknown >= 0) {
    return invalid(`/roles/${unknown}`, `There is no such role. There are: ${known.join(', ')}.`);
  }
  const checked = access?.claims.safeParse(claims);
  return checked?.error && invalidInput(checked.error, '/claims');
}

const otherTenant: Failure = {
  outcome: 'forbidden',
  detail: 'An administrator of a tenant manages the keys of that tenant alone.',
};

const otherRole: Failure = {
  outcome: 'forbidden',
  detail: 'A role can only be granted by an administrator that has it.',
};

const otherClaim: Failure = {
  outcome: 'forbidden',
  detail: 'A claim can only be granted by an administrator that has it, with the same value.',
};

const withoutSecret = wrongState(
  `Keys are issued once the secret LEDGE_SECRET is set, of at least ${SECRET_CHARACTERS_MIN} characters.`,
);

async function send(...command: Parameters<typeof outcomeOf>): Promise<Failure | undefined> {
  return outcomeFailure(await outcomeOf(...command));
}

function outcomeOf(
  { env, platform, caller }: KeyAdministration,
  address: StreamAddress,
  name: keyof typeof apiKey.commands | keyof typeof keyList.commands,
  data: object,
  once: Partial<ListingCommand> = {},
): Promise<Outcome | undefined> {
  const sender = { env, platform, origin: commandOrigin(caller) };
  return ownCommandOutcome(sender, address, name, data, once);
}
