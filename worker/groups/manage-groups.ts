/** What operators of a tenant do with its consumer groups: one is made, shown, deleted, and its held messages decided on. */
import { ungranted } from '../../core/access/rights.ts';
import { type Failure, invalid, wrongState } from '../../core/aggregate/outcome.ts';
import { findPublication } from '../../core/app.ts';
import { groupId, groupOf } from '../../core/group/reader-id.ts';
import type {
  GroupPage,
  GroupView,
  HeldMessagesPage,
  ShownGroup,
} from '../../core/operator-shapes/group.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { utcText } from '../../core/values/time.ts';
import type { GroupState } from '../../durable-objects/index.ts';
import { hashOf } from '../access/issue-key.ts';
import type { ListPageInput } from '../administration/list-page.ts';
import type { CreateGroupInput } from '../api/inputs/groups.ts';
import {
  behindFeed,
  heldPage,
  isFull,
  listReaders,
  mayGiveAway,
  type ReaderAdministration,
  redriven,
} from '../feed-readers/manage-readers.ts';
import { shownPositions } from '../http/shown-positions.ts';
import { unknownPublication } from '../http/unknown-in-app.ts';
import { readPublicationPage } from '../publications/feed/read-publication.ts';
import { startPosition, unknownType } from '../publications/feed/start-position.ts';
import { groupStub } from '../runtime/object-stubs.ts';
import { publicationOf, unregister } from '../wake-ups/registrations.ts';
import { groupView } from './group-view.ts';
import { onGroup, withoutGroups } from './known-group.ts';

/** Ours: a batch that publishes wakes all of a feed. */
const GROUPS_MAX = 100;

/** `root`: the address under which the API is served. A repeat of the same input changes nothing. */
export async function createGroup(
  by: ReaderAdministration,
  input: CreateGroupInput,
  root: string,
): Promise<(GroupView & { readonly isNew: boolean }) | Failure> {
  const { machinery, env, caller, database } = by;
  const { name, publication, types: given, from, attempts } = input;
  const { tenant, actor } = caller;
  const known = findPublication(machinery.app, publication);
  if (!known) return unknownPublication(machinery.app, publication);
  const ofInput = mayGiveAway(caller, publication)
    ? unknownType(known, given)
    : ungranted(`publication ${publication}`);
  const refused = withoutGroups(env) ?? ofInput;
  if (refused) return refused;
  const feed = { tenant, publication };
  const shown = shownPositions(env, caller);
  const cursor = await startPosition(database, feed, from, shown, machinery.platform.nowMs());
  if ('outcome' in cursor) return cursor;
  if (!('events' in (await readPublicationPage(database, feed, cursor, 1, undefined))))
    return invalid('/from', 'The feed does not have this position.');
  if (await isFull(by, 'group', groupId(name), GROUPS_MAX))
    return wrongState(`A tenant has at most ${GROUPS_MAX} consumer groups.`);
  const types = given ?? null;
  const asked = hashOf(canonicalJson({ publication, types, from, attempts }));
  const created = { createdAt: utcText(machinery.platform.nowMs()), createdBy: actor };
  const definition = { publication, types, attempts, root, asked, ...created };
  const state = await groupStub(env, tenant, name).create({ definition, cursor });
  if (!state) return wrongState('The tenant was erased.');
  if (!state.isNew && state.definition.asked !== asked)
    return wrongState(
      `There is a group ${name} with other properties. Delete it, or choose another name.`,
    );
  return { ...viewOf(by, name, state), isNew: state.isNew };
}

export async function listGroups(
  by: ReaderAdministration,
  input: ListPageInput,
): Promise<GroupPage | Failure> {
  const { env, caller } = by;
  const page = await listReaders(by, 'group', input, async (id) => {
    const name = groupOf(id) ?? '';
    const state = await groupStub(env, caller.tenant, name).state();
    return state && viewOf(by, name, state);
  });
  if ('outcome' in page) return page;
  const { views: groups, ...rest } = page;
  return { groups, ...rest };
}

export async function showGroup(
  by: ReaderAdministration,
  name: string,
): Promise<ShownGroup | Failure> {
  return onGroup(by.env, by.caller.tenant, name, async (object) => {
    const state = await object.state();
    return state && { ...viewOf(by, name, state), behind: await behindFeed(by, state) };
  });
}

export async function listHeldMessages(
  { env, caller: { tenant } }: ReaderAdministration,
  name: string,
  input: ListPageInput,
): Promise<HeldMessagesPage | Failure> {
  const of = ['held-messages', tenant, name];
  return onGroup(env, tenant, name, (object) => heldPage(object, of, input));
}

export async function redriveMessages(
  { env, caller: { tenant } }: ReaderAdministration,
  name: string,
  stream: string | null,
): Promise<{ readonly streams: number } | Failure> {
  return onGroup(env, tenant, name, (object) => redriven(object, stream));
}

export async function skipMessage(
  by: ReaderAdministration,
  name: string,
  { stream, event }: { readonly stream: string; readonly event: string },
): Promise<GroupView | Failure> {
  return onGroup(by.env, by.caller.tenant, name, async (object) => {
    const isSkipped = await object.skip(stream, event);
    const state = await object.state();
    if (!state) return undefined;
    if (isSkipped) return viewOf(by, name, state);
    return wrongState('This is not the next message of a held stream, or a consumer has it.');
  });
}

/** Answers what was deleted. Its object comes first: a row that is left is of no group, and is deleted again. */
export async function deleteGroup(
  by: ReaderAdministration,
  name: string,
): Promise<GroupView | Failure> {
  const { caller, database, env } = by;
  const { tenant } = caller;
  const id = groupId(name);
  return onGroup(env, tenant, name, async (object) => {
    const state = await object.state();
    const publication =
      state?.definition.publication ?? (await publicationOf(database, tenant, id));
    if (publication === undefined) return undefined;
    await object.remove();
    await unregister(database, { tenant, publication, id });
    return state && viewOf(by, name, state);
  });
}

function viewOf({ env, caller }: ReaderAdministration, name: string, state: GroupState): GroupView {
  return groupView(name, state, shownPositions(env, caller));
}
