/** Revokes the API keys of a tenant that is erased, a page of the list of keys at a time, the newest first. */
import { KEY_LIST_ID, listedKey } from '../../core/access/key-list.ts';
import { keyAddress, readKeyState } from '../access/key-state.ts';
import { listPage } from '../administration/list-page.ts';
import { keyListAddress } from '../administration/manage-keys.ts';
import { type OwnSender, sendOwnCommand } from '../administration/send-own-command.ts';

/** Each costs a request to its object, and another where it is revoked. */
const KEYS_AT_ONCE = 50;

const READ = 'SELECT key_cursor AS cursor, keys FROM erasure WHERE tenant = ?';
const COUNT = 'UPDATE erasure SET keys = keys + ?2, key_cursor = ?3 WHERE tenant = ?1';

/** `more`: to be continued. Else how many were revoked. */
export async function revokeKeys(
  by: OwnSender,
  database: D1Database,
  tenant: string,
): Promise<'more' | number> {
  const found = await database.prepare(READ).bind(tenant).first<{ cursor: string; keys: number }>();
  const { cursor = END, keys = 0 } = found ?? {};
  if (cursor === END) return keys;
  const input = { limit: KEYS_AT_ONCE, ...(cursor !== '' && { cursor }) };
  const page = await listPage(by.env, keyListAddress, ['keys', KEY_LIST_ID], input);
  if ('outcome' in page) throw new Error('The list of keys cannot be read.');
  const revoked = await Promise.all(
    page.events.map(({ data }) => revokeIn(by, tenant, listedKey.parse(data).key)),
  );
  const count = revoked.filter(Boolean).length;
  await database
    .prepare(COUNT)
    .bind(tenant, count, page.cursor ?? END)
    .run();
  return 'more';
}

/** After the last page. */
const END = 'end';

/** Whether it is a key of the tenant, and was valid. */
async function revokeIn(by: OwnSender, tenant: string, id: string): Promise<boolean> {
  const state = await readKeyState(by.env, id);
  if (state.status !== 'active' || state.tenant !== tenant) return false;
  const reason = `The tenant ${tenant} is erased.`;
  const failure = await sendOwnCommand(by, keyAddress(id), 'RevokeKey', { reason });
  if (failure) throw new Error(`The key ${id} cannot be revoked: ${failure.outcome}.`);
  return true;
}
