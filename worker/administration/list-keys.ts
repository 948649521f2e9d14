/** A page of API keys, the newest first: their ids from the list's stream, their states from their objects. */
import { KEY_LIST_ID, listedKey } from '../../core/access/key-list.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { ApiKeyPage, ListedApiKey } from '../../core/operator-shapes/api-key.ts';
import { readKeyState } from '../access/key-state.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { aggregateStub } from '../runtime/env.ts';
import { isManaged, type KeyAdministration, keyListAddress, viewOf } from './manage-keys.ts';

interface PageInput {
  readonly limit: number;
  readonly cursor?: string;
}

/** May hold fewer keys than the limit: other tenants' keys are left out of the page, not of its length. */
export async function listKeys(
  by: KeyAdministration,
  { limit, cursor }: PageInput,
): Promise<ApiKeyPage | Failure> {
  const list = ['keys', KEY_LIST_ID, by.caller.tenant];
  const after = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(list, cursor)?.[0];
  if (typeof after !== 'number') return invalid('cursor', 'This is no cursor.');
  const object = aggregateStub(by.env, keyListAddress);
  const page = await object.eventPage({ after, limit, direction: 'backwards' });
  const keys = await Promise.all(page.events.map((event) => listed(by, event)));
  const last = page.more ? page.events.at(-1) : undefined;
  return {
    keys: keys.flatMap((key) => key ?? []),
    ...(last && { cursor: encodeCursor(list, [last.version]) }),
  };
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
