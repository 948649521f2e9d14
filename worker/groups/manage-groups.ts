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
import type { AuthorizedCaller } from '../http/api-types.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { shownPositions } from '../http/shown-positions.ts';
import { unknownPublication } from '../http/unknown-in-app.ts';
import { readNextEvent } from '../publications/feed/feed-end.ts';
import { readPublicationPage } from '../publications/feed/read-publication.ts';
import { startPosition, unknownType } from '../publications/feed/start-position.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { groupStub } from '../runtime/object-stubs.ts';
import { listRegistered, publicationOf, unregister } from '../wake-ups/registrations.ts';
import { groupView } from './group-view.ts';
import { onGroup, withoutGroups } from './known-group.ts';

/** Ours: a batch that publishes wakes all of a feed. */
const GROUPS_MAX = 100;

export interface GroupAdministration {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  readonly caller: AuthorizedCaller;
  readonly database: D1Database;
}

/** `root`: the address under which the API is served. A repeat of the same input changes nothing. */
export async function createGroup(
  by: GroupAdministration,
  input: CreateGroupInput,
  root: string,
): Promise<(GroupView & { readonly isNew: boolean }) | Failure> {
  const { machinery, env, caller, database } = by;
  const { name, publication, types: given, from, attempts } = input;
  const { tenant, actor, roles, rights } = caller;
  const known = findPublication(machinery.app, publication);
  if (!known) return unknownPublication(machinery.app, publication);
  // A role that operates groups alone gives away only what it may read.
  const mayRead = roles.includes('operator') || rights.mayFollow(publication);
  const ofInput = mayRead ? unknownType(known, given) : ungranted(`publication ${publication}`);
  const refused = withoutGroups(env) ?? ofInput;
  if (refused) return refused;
  const feed = { tenant, publication };
  const cursor = await startPosition(database, feed, from, shownPositions(env, caller));
  if ('outcome' in cursor) return cursor;
  if (!('events' in (await readPublicationPage(database, feed, cursor, 1, undefined))))
    return invalid('/from', 'The feed does not have this position.');
  if (await isFull(database, tenant, name))
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
  by: GroupAdministration,
  { limit, cursor }: ListPageInput,
): Promise<GroupPage | Failure> {
  const { env, caller, database } = by;
  const of = ['groups', caller.tenant];
  const [publication = '', after = ''] =
    cursor === undefined ? ['', ''] : (decodeCursor(of, cursor) ?? []);
  if (typeof publication !== 'string' || typeof after !== 'string' || (cursor && after === ''))
    return invalid('cursor', 'This is no cursor.');
  const found = await listRegistered(database, caller.tenant, 'group', [publication, after], limit);
  const shown = await Promise.all(
    found.map(async ({ id }) => {
      const name = groupOf(id) ?? '';
      const state = await groupStub(env, caller.tenant, name).state();
      return state ? [viewOf(by, name, state)] : [];
    }),
  );
  const last = found.length === limit ? found.at(-1) : undefined;
  return {
    groups: shown.flat(),
    ...(last && { cursor: encodeCursor(of, [last.publication, last.id]) }),
  };
}

export async function showGroup(
  by: GroupAdministration,
  name: string,
): Promise<ShownGroup | Failure> {
  return onGroup(by.env, by.caller.tenant, name, async (object) => {
    const state = await object.state();
    return state && { ...viewOf(by, name, state), behind: await behind(by, state) };
  });
}

export async function listHeldMessages(
  by: GroupAdministration,
  name: string,
  { limit, cursor }: ListPageInput,
): Promise<HeldMessagesPage | Failure> {
  const of = ['held-messages', by.caller.tenant, name];
  const [after] = cursor === undefined ? [''] : (decodeCursor(of, cursor) ?? []);
  if (typeof after !== 'string') return invalid('cursor', 'This is no cursor.');
  return onGroup(by.env, by.caller.tenant, name, async (object) => {
    if (!(await object.state())) return undefined;
    const streams = await object.heldStreams(after, limit);
    const last = streams.length === limit ? streams.at(-1) : undefined;
    return { streams, ...(last && { cursor: encodeCursor(of, [last.stream]) }) };
  });
}

export async function redriveMessages(
  by: GroupAdministration,
  name: string,
  stream: string | null,
): Promise<{ readonly streams: number } | Failure> {
  return onGroup(by.env, by.caller.tenant, name, async (object) => {
    if (!(await object.state())) return undefined;
    return { streams: await object.redrive(stream) };
  });
}

export async function skipMessage(
  by: GroupAdministration,
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
  by: GroupAdministration,
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

async function isFull(database: D1Database, tenant: string, name: string): Promise<boolean> {
  const found = await listRegistered(database, tenant, 'group', ['', ''], GROUPS_MAX);
  return found.length === GROUPS_MAX && found.every(({ id }) => id !== groupId(name));
}

async function behind(
  { machinery, caller, database }: GroupAdministration,
  { definition, cursor, held, heldSinceMs }: GroupState,
): Promise<ShownGroup['behind']> {
  const feed = { tenant: caller.tenant, publication: definition.publication };
  const { events, happenedAt } = await readNextEvent(database, feed, cursor.position);
  const nowMs = machinery.platform.nowMs();
  const times = [heldSinceMs, happenedAt && Date.parse(happenedAt)];
  const ages = times.map((ms) => (typeof ms === 'number' ? nowMs - ms : 0));
  return {
    events: events + held.events,
    seconds: Math.max(0, ...ages.map((ms) => Math.round(ms / 1_000))),
  };
}

function viewOf({ env, caller }: GroupAdministration, name: string, state: GroupState): GroupView {
  return groupView(name, state, shownPositions(env, caller));
}
