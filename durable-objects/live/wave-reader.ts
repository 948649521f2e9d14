/** Reads the queries of one wave together. A query that cannot be read fails alone. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { withDeadline } from '../with-deadline.ts';
import type { LivePorts, PreparedLiveQuery, ReadWave, ResultRead } from './ports.ts';
import { SessionStarts } from './session-starts.ts';
import type { Watches } from './watches.ts';

/** Our limit: a wave in which one query hangs fails for all of its queries, which are then read again. */
const WITHIN_MS = 10_000;

export interface WantedRead {
  readonly query: PreparedLiveQuery;
  /** Whether a replica may lack something that the result must include. */
  readonly needsPrimary: boolean;
}

type ReaderPorts<Env> = Pick<LivePorts<Env>, 'readTogether' | 'log'>;

export class WaveReader<Env> {
  readonly starts = new SessionStarts();
  readonly #ports: ReaderPorts<Env>;
  readonly #env: Env;
  readonly #tenant: string;
  readonly #watches: Watches;

  constructor(ports: ReaderPorts<Env>, env: Env, tenant: string, watches: Watches) {
    this.#ports = ports;
    this.#env = env;
    this.#tenant = tenant;
    this.#watches = watches;
  }

  /**
   * Registers the watches before it reads: rows committed before are in the results, and later commits notify the
   * object.
   */
  async readAll(wave: readonly WantedRead[]): Promise<ResultRead[]> {
    const watched = await Promise.all(wave.map(({ query }) => this.#isWatched(query)));
    const readable = wave.filter((_wanted, index) => watched[index]);
    const read = await this.#readTogether(readable);
    const readOf = new Map(readable.map((wanted, index) => [wanted, read[index]]));
    return wave.map((wanted) => readOf.get(wanted) ?? { rows: unreadable });
  }

  async #isWatched({ projection }: PreparedLiveQuery): Promise<boolean> {
    try {
      await this.#watches.ensure(projection);
      return true;
    } catch (error) {
      this.#failed(projection, error);
      return false;
    }
  }

  async #readTogether(readable: readonly WantedRead[]): Promise<(ResultRead | undefined)[]> {
    const [first] = readable;
    if (!first) return [];
    const begun = this.starts.begin(readable.some(({ needsPrimary }) => needsPrimary));
    const queries = readable.map(({ query }) => query);
    try {
      const reading = this.#ports.readTogether(this.#env, this.#tenant, queries, begun.start);
      const wave = await withDeadline(reading, WITHIN_MS, 'D1 does not answer.');
      this.starts.ended(begun, wave.bookmark);
      return wave.reads.map((read, index) => this.#readOrFailed(read, queries[index]));
    } catch (error) {
      this.starts.lose();
      this.#failed(first.query.projection, error);
      return [];
    }
  }

  #readOrFailed(
    read: ReadWave['reads'][number],
    query: PreparedLiveQuery | undefined,
  ): ResultRead | undefined {
    if (!('error' in read)) return read;
    this.#failed(query?.projection, read.error);
    return undefined;
  }

  #failed(projection = '', error: unknown): void {
    this.#ports.log('warn', { operation: 'live-query', projection, error });
  }
}

export const unreadable: Failure = {
  outcome: 'unavailable',
  detail: 'The read model cannot be read just now.',
  retryAfterSeconds: 1,
};
