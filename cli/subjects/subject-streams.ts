/** The subjects of all tenants, as the databases list them: all that were there, then those with events since. */
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

/** Pages, which may be empty. */
export async function* subjectsOfAll(
  server: Server,
  reason?: string,
): AsyncGenerator<readonly ListedSubject[]> {
  const input = reason === undefined ? {} : { reason };
  const begin = { method: 'POST', path: '/v1/export/begin', input } as const;
  const { databases } = await askAgain(server, begin, begunExport);
  for (const { name: database } of databases) {
    for (let after: Place | undefined = FIRST; after; ) {
      const page: StreamNames = await streamNames({ ...server, database }, after);
      yield page.streams.flatMap(listed);
      after = page.after;
    }
  }
  for (const { name: database, head } of databases) {
    const { streams } = await newerStreams({ ...server, database }, head);
    yield streams.flatMap(listed);
  }
}

type Place = Parameters<typeof streamNames>[1];
type StreamNames = Awaited<ReturnType<typeof streamNames>>;

const FIRST: Place = { tenant: '', stream: '' };

function listed({ tenant, stream, version }: StreamNames['streams'][number]): ListedSubject[] {
  if (aggregateOf(stream) !== subjectAggregate.name) return [];
  const id = parseStreamName(stream)?.id;
  return id === undefined ? [] : [{ tenant, subject: id, version }];
}
