/** The subjects of all tenants, as the databases list them: those that are there, and those with events since a moment. */
import { aggregateOf, parseStreamName } from '../../core/aggregate/stream.ts';
import { begunExport } from '../../core/operator-shapes/transfer.ts';
import { subject as subjectAggregate } from '../../core/personal/subject.ts';
import { askAgain } from '../operations/ask-again.ts';
import { newerStreams, streamNames } from '../operations/listed-streams.ts';
import type { Server } from '../operations/server.ts';

export interface NamedSubject {
  readonly tenant: string;
  readonly subject: string;
}

export interface ListedSubject extends NamedSubject {
  /** Of its stream; 1: it has its first key, and nothing has happened since. */
  readonly version: number;
}

/** A database and the newest position of its journal when the walk began. */
export interface WalkedDatabase {
  readonly name: string;
  readonly head: number;
}

/** After which stream of which database a page begins. */
export interface SubjectPlace {
  readonly database: string;
  readonly tenant: string;
  readonly stream: string;
}

export interface SubjectPage {
  /** May be empty. */
  readonly subjects: readonly ListedSubject[];
  /** Undefined after the last page. */
  readonly next: SubjectPlace | undefined;
}

export async function walkedDatabases(
  server: Server,
  reason: string | undefined,
): Promise<readonly WalkedDatabase[]> {
  const input = reason === undefined ? {} : { reason };
  const request = { method: 'POST', path: '/v1/export/begin', input } as const;
  const { databases } = await askAgain(server, request, begunExport);
  return databases.map(({ name, head }) => ({ name, head }));
}

export function firstPlace([first]: readonly WalkedDatabase[]): SubjectPlace | undefined {
  return firstOf(first);
}

export async function* knownSubjects(
  server: Server,
  databases: readonly WalkedDatabase[],
  from: SubjectPlace | undefined,
): AsyncGenerator<SubjectPage> {
  for (let place = from; place; ) {
    const { database } = place;
    const { streams, after }: StreamNames = await streamNames({ ...server, database }, place);
    const following = databases.findIndex(({ name }) => name === database) + 1;
    place = after ? { database, ...after } : firstOf(databases[following]);
    yield { subjects: streams.flatMap(listed), next: place };
  }
}

/** Those that were created or changed since the walk began. */
export async function* newerSubjects(
  server: Server,
  databases: readonly WalkedDatabase[],
): AsyncGenerator<readonly ListedSubject[]> {
  for (const { name: database, head } of databases) {
    const { streams } = await newerStreams({ ...server, database }, head);
    yield streams.flatMap(listed);
  }
}

type StreamNames = Awaited<ReturnType<typeof streamNames>>;

function firstOf(database: WalkedDatabase | undefined): SubjectPlace | undefined {
  return database && { database: database.name, tenant: '', stream: '' };
}

function listed({ tenant, stream, version }: StreamNames['streams'][number]): ListedSubject[] {
  if (aggregateOf(stream) !== subjectAggregate.name) return [];
  const id = parseStreamName(stream)?.id;
  return id === undefined ? [] : [{ tenant, subject: id, version }];
}
