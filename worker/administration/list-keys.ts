/** A page of API keys, the newest first: their ids from the list's stream, their states from their objects. */
import { listedKey } from '../../core/access/key-list.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ApiKeyPage, ListedApiKey } from '../../core/operator-shapes/api-key.ts';
import { keyListAddress, readKeyState } from '../access/key-state.ts';
import { type ListPageInput, listPage } from './list-page.ts';
import { isManaged, type KeyAdministration, viewOf } from './manage-keys.ts';

/** Holds fewer keys than the limit where an id was listed whose key was not issued. */
export async function listKeys(
  by: KeyAdministration,
  input: ListPageInput,
): Promise<ApiKeyPage | Failure> {
  const { tenant } = by.caller;
  const page = await listPage(by.env, keyListAddress(tenant), ['keys', tenant], input);
  if ('outcome' in page) return page;
  const keys = await Promise.all(page.events.map((event) => listed(by, event)));
  const { cursor } = page;
  return { keys: keys.flatMap((key) => key ?? []), ...(cursor !== undefined && { cursor }) };
}

async function listed(
  { env, platform, caller }: KeyAdministration,
  { data, recordedAt, metadata }: StoredEvent,
): Promise<ListedApiKey | undefined> {
  const { key: id } = listedKey.parse(data);
  const state = await readKeyState(env, id);
  if (!isManaged(caller, state)) return undefined;
  const view = viewOf(id, state, platform.nowMs());
  return { ...view, issuedAt: recordedAt, issuedBy: metadata.actor };
}
