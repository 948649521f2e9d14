/** Reads the live queries of one wave: together, each with its own result, failure or error, as its readers are shown it. */
import { newestBookmark } from '../../core/values/newest-bookmark.ts';
import type { ReadWave } from '../../durable-objects/index.ts';
import { type PersonalReader, shownPersonal } from '../personal/show-personal.ts';
import { projectorFor } from '../projector/projector.ts';
import { readServedTogether, type ServedAnswer } from '../queries/read-served-together.ts';
import { QueryFault, type SessionStart } from '../queries/run-reading.ts';
import { LastServed } from '../queries/serving-version.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import type { ServedLiveQuery } from './live-query.ts';

type Read = ReadWave['reads'][number];

/** Makes the function, which remembers the serving versions. */
export function waveReader(machinery: Machinery) {
  const lastServed = new LastServed();

  return async (
    env: LedgeEnv,
    tenant: string,
    queries: readonly ServedLiveQuery[],
    start: SessionStart,
  ): Promise<ReadWave> => {
    const projector = projectorFor(machinery, env, await machinery.databases.of(env, tenant));
    const answers = await readServedTogether(
      { projector, lastServed, start },
      queries.map(({ served }) => served),
    );
    const reader = { machinery, env, tenant };
    const reads = queries.map((query, index) =>
      shownRead({ ...reader, opensPersonal: query.opensPersonal }, readFrom(query, answers[index])),
    );
    return { reads: await Promise.all(reads), bookmark: newestOf(answers) };
  };
}

type Answer = ServedAnswer<Extract<Read, { readonly rows: unknown }>>;

function readFrom(query: ServedLiveQuery, answer: Answer | undefined): Read {
  if (!answer) return { error: new Error('Each query has an answer.') };
  if ('outcome' in answer) return { rows: answer };
  if ('error' in answer) {
    return answer.error instanceof QueryFault ? { rows: query.failed(answer.error) } : answer;
  }
  return { ...answer.answer, d1Ms: answer.d1Ms };
}

/** A key that cannot be read fails the queries that need it, and no other. */
async function shownRead(reader: PersonalReader, read: Read): Promise<Read> {
  if ('error' in read) return read;
  try {
    return { ...read, rows: await shownPersonal(reader, read.rows) };
  } catch (error) {
    return { error };
  }
}

/** Null where a read had none. */
function newestOf(answers: readonly Answer[]): string | null {
  const bookmarks = answers.flatMap((one) => ('bookmark' in one ? [one.bookmark] : []));
  const known = bookmarks.filter((one) => one !== null);
  return known.length < bookmarks.length ? null : (newestBookmark(known) ?? null);
}
