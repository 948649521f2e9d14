/** Revokes the API keys of a tenant that is erased, a page of its list at a time, the newest first. */
import { listedKey } from '../../core/access/key-list.ts';
import { keyAddress, keyListAddress, readKeyState } from '../access/key-state.ts';
import { type OwnSender, sendOwnCommand } from '../commands/send-own-command.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';

/** Each costs a request to its object, and another where it is revoked. */
const KEYS_AT_ONCE = 50;

/** The walk begins behind the newest version of the list, and has ended at the one before the first. */
const READ = 'SELECT key_version AS after, keys FROM erasure WHERE tenant = ?';
const COUNT = `
  UPDATE erasure SET keys = keys + ?2, key_version = ?3 WHERE tenant = ?1 AND key_version = ?4`;

/** `more`: to be continued. Else how many were revoked. */
export async function revokeKeys(
  by: OwnSender,
  database: D1Database,
  tenant: string,
): Promise<'more' | number> {
  const walk = await database.prepare(READ).bind(tenant).first<{ after: number; keys: number }>();
  if (!walk || walk.after === 0) return walk?.keys ?? 0;
  const list = aggregateStub(by.env, keyListAddress(tenant));
  const page = await list.eventPage({
    ...{ after: walk.after, limit: KEYS_AT_ONCE, direction: 'backwards' },
  });
  const revoked = await Promise.all(
    page.events.map(({ data }) => revokeIn(by, tenant, listedKey.parse(data).key)),
  );
  const next = page.more ? (page.events.at(-1)?.version ?? 0) : 0;
  const count = revoked.filter(Boolean).length;
  await database.prepare(COUNT).bind(tenant, count, next, walk.after).run();
  return 'more';
}

/** Whether the erasure has revoked it, now or in a call before. */
async function revokeIn(by: OwnSender, tenant: string, id: string): Promise<boolean> {
  const state = await readKeyState(by.env, id);
  if (state.status === 'unknown' || state.tenant !== tenant) return false;
  const reason = `The tenant ${tenant} is erased.`;
  if (state.status === 'revoked') return state.reason === reason;
  const failure = await sendOwnCommand(by, keyAddress(id), 'RevokeKey', { reason });
  if (failure) throw new Error(`The key ${id} cannot be revoked: ${failure.outcome}.`);
  return true;
}
