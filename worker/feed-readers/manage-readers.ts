/** What operators ask alike of subscriptions and consumer groups: both read a feed, and hold streams whose next event has failed. */
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { ReaderKind } from '../../core/group/reader-id.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import type { ListPageInput } from '../administration/list-page.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { readNextEvent } from '../publications/feed/feed-end.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { listRegistered } from '../wake-ups/registrations.ts';

export interface ReaderAdministration {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  readonly caller: AuthorizedCaller;
  readonly database: D1Database;
}

/** A page of those that the database knows, in their order. `view`: undefined where the object knows nothing of it. */
export async function listReaders<View>(
  { caller: { tenant }, database }: ReaderAdministration,
  kind: ReaderKind,
  { limit, cursor }: ListPageInput,
  view: (id: string) => Promise<View | undefined>,
): Promise<{ readonly views: View[]; readonly cursor?: string } | Failure> {
  const of = [`${kind}s`, tenant];
  const [publication = '', after = ''] =
    cursor === undefined ? ['', ''] : (decodeCursor(of, cursor) ?? []);
  if (typeof publication !== 'string' || typeof after !== 'string' || (cursor && after === ''))
    return invalid('cursor', 'This is no cursor.');
  const found = await listRegistered(database, tenant, kind, [publication, after], limit);
  const views = await Promise.all(found.map(({ id }) => view(id)));
  const last = found.length === limit ? found.at(-1) : undefined;
  return {
    views: views.filter((one) => one !== undefined),
    ...(last && { cursor: encodeCursor(of, [last.publication, last.id]) }),
  };
}

/** The object of a reader, as far as its held streams go. */
interface HoldingObject<Stream> {
  state(): Promise<object | undefined>;
  heldStreams(after: string, limit: number): Promise<Stream[]>;
  redrive(stream: string | null): Promise<number>;
}

/** A page of the held streams; undefined: there is no such reader. `of`: what the list is of. */
export async function heldPage<Stream extends { readonly stream: string }>(
  object: HoldingObject<Stream>,
  of: readonly string[],
  { limit, cursor }: ListPageInput,
): Promise<{ readonly streams: Stream[]; readonly cursor?: string } | Failure | undefined> {
  const [after] = cursor === undefined ? [''] : (decodeCursor(of, cursor) ?? []);
  if (typeof after !== 'string') return invalid('cursor', 'This is no cursor.');
  if (!(await object.state())) return undefined;
  const streams = await object.heldStreams(after, limit);
  const last = streams.length === limit ? streams.at(-1) : undefined;
  return { streams, ...(last && { cursor: encodeCursor(of, [last.stream]) }) };
}

/** Undefined: there is no such reader. */
export async function redriven<Stream>(
  object: HoldingObject<Stream>,
  stream: string | null,
): Promise<{ readonly streams: number } | undefined> {
  if (!(await object.state())) return undefined;
  return { streams: await object.redrive(stream) };
}

interface ReaderState {
  readonly definition: { readonly publication: string };
  readonly cursor: JournalPosition;
  readonly held: { readonly events: number };
  readonly heldSinceMs: number | null;
}

/** How far a reader is behind its feed. */
export async function behindFeed(
  { machinery, caller, database }: ReaderAdministration,
  { definition: { publication }, cursor, held, heldSinceMs }: ReaderState,
): Promise<{ readonly events: number; readonly seconds: number }> {
  const feed = { tenant: caller.tenant, publication };
  const { events, happenedAt } = await readNextEvent(database, feed, cursor.position);
  const nowMs = machinery.platform.nowMs();
  const times = [heldSinceMs, happenedAt && Date.parse(happenedAt)];
  const ages = times.map((ms) => (typeof ms === 'number' ? nowMs - ms : 0));
  return {
    events: events + held.events,
    seconds: Math.max(0, ...ages.map((ms) => Math.round(ms / 1_000))),
  };
}

/** A role that operates readers alone gives away only what it may read. */
export function mayGiveAway({ roles, rights }: AuthorizedCaller, publication: string): boolean {
  return roles.includes('operator') || rights.mayFollow(publication);
}

/** Whether one more of an id would be more than `max`: a batch that publishes wakes all of a feed. */
export async function isFull(
  { caller, database }: ReaderAdministration,
  kind: ReaderKind,
  id: string,
  max: number,
): Promise<boolean> {
  const found = await listRegistered(database, caller.tenant, kind, ['', ''], max);
  return found.length === max && found.every((one) => one.id !== id);
}
