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
import { KEY_LIST_ID, keyList } from '../../core/access/key-list.ts';
import { isKeyId } from '../../core/access/key-text.ts';
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { deploymentRoles } from '../../core/access/roles.ts';
import { type Failure, invalid, wrongState } from '../../core/aggregate/outcome.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import type { App } from '../../core/app.ts';
import type { ApiKeyView, ShownApiKey } from '../../core/operator-shapes/api-key.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { ownValue } from '../../core/values/own-value.ts';
import { issueKey, newKeyId } from '../access/issue-key.ts';
import { keyAddress, readKeyState } from '../access/key-state.ts';
import type { KnownTenants } from '../access/known-tenants.ts';
import { SECRET_CHARACTERS_MIN, tagSecrets } from '../access/secrets.ts';
import type { IssueKeyInput } from '../api/inputs/keys.ts';
import { type AuthenticatedCaller, commandOrigin } from '../http/authenticate-caller.ts';
import { invalidInput } from '../http/input-errors.ts';
import { dismissSockets } from '../live/dismiss-sockets.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { MachineryPlatform } from '../runtime/machinery.ts';
import { sendOwnCommand } from './send-own-command.ts';

export interface KeyAdministration {
  readonly env: LedgeEnv;
  readonly app: App;
  readonly platform: MachineryPlatform;
  /** Left out: the app has no roles of its own. */
  readonly access: Access | undefined;
  readonly tenants: KnownTenants;
  readonly caller: AuthenticatedCaller;
}

export const keyListAddress: StreamAddress = {
  tenant: OWN_TENANT,
  aggregate: keyList.name,
  id: KEY_LIST_ID,
};

export async function issueNewKey(
  by: KeyAdministration,
  { tenant = by.caller.tenant, expiresAt, roles, claims, ...given }: IssueKeyInput,
): Promise<ShownApiKey | Failure> {
  const nowMs = by.platform.nowMs();
  const refused =
    exceeded(by, { tenant, roles, claims }) ??
    grantFault(by, { roles, claims }) ??
    (await by.tenants.fault(by.env, tenant));
  if (refused) return refused;
  if (hasExpired({ expiresAt }, nowMs)) return invalid('/expiresAt', 'This time has passed.');
  const [secret] = tagSecrets(by.env);
  if (secret === undefined) return withoutSecret;
  const { id, key, hash } = issueKey(secret, newKeyId(nowMs));
  const issued = { ...given, tenant, expiresAt, claims, roles: [...new Set(roles)], hash };
  // A crash in between leaves an id without a key; the other order could leave a key that is in no list.
  const failure =
    (await send(by, keyListAddress, 'ListKey', { key: id })) ??
    (await send(by, keyAddress(id), 'IssueKey', issued));
  return failure ?? { ...viewOf(id, { ...issued, status: 'active', previous: null }, nowMs), key };
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
  const after = await managedKey(by, id);
  return 'outcome' in after ? after : viewOf(id, after, by.platform.nowMs());
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

function send(
  { env, platform, caller }: KeyAdministration,
  address: StreamAddress,
  name: keyof typeof apiKey.commands | keyof typeof keyList.commands,
  data: object,
): Promise<Failure | undefined> {
  return sendOwnCommand({ env, platform, origin: commandOrigin(caller) }, address, name, data);
}
