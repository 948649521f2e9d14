/**
 * When the reads of all groups begin: quick ones, slow ones and retries in lanes of their own, so that no slow query
 * delays the quick ones, and none that fails takes others along twice.
 */
import type { ResultRead } from './ports.ts';
import { type JoinWave, LANE_MS_PER_D1_MS, ReadLane, WAVE_WEIGHT_MAX } from './read-lane.ts';
import type { Turn, TurnOwner } from './turns.ts';

/** Our limit: a list of a hundred rows by an index takes D1 about half a millisecond, one of 100,000 rows without one ten. */
const QUICK_MS_MAX = 2;

/** The bytes of rows that the object's processor handles in a millisecond, as measured: it decodes and compares them. */
const BYTES_PER_MS = 5_000;

/** The smallest weight of a read, and that of one whose cost is unknown. */
const WEIGHT_MIN = 5;
const WEIGHT_UNKNOWN = 10;

/** What is known of a query from its last reads. */
export interface ReadHistory {
  /** Undefined before its first result. */
  readonly d1Ms: number | undefined;
  readonly bytes: number;
  /** Of its last reads. */
  readonly failures: number;
}

export interface ReadsSetting<Query> {
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly readAll: (queries: readonly Query[]) => Promise<readonly ResultRead[]>;
}

export class Reads<Query> {
  readonly #setting: ReadsSetting<Query>;
  readonly #quick: ReadLane<Query, ResultRead>;
  readonly #slow: ReadLane<Query, ResultRead>;
  readonly #retries: ReadLane<Query, ResultRead>;

  constructor(setting: ReadsSetting<Query>) {
    this.#setting = setting;
    const { nowMs, wait } = setting;
    const readAll = (queries: readonly Query[]) => this.#readAll(queries);
    const lane = () => new ReadLane<Query, ResultRead>({ nowMs, wait, readAll });
    [this.#quick, this.#slow, this.#retries] = [lane(), lane(), lane()];
  }

  take(
    subscribers: Iterable<TurnOwner>,
    history: ReadHistory,
    work: (join: JoinWave<Query, ResultRead>) => Promise<number | undefined>,
  ): Turn {
    const lane = history.failures > 0 ? this.#retries : this.#laneOf(history.d1Ms ?? 0);
    return lane.take(subscribers, weightOf(history), work);
  }

  #laneOf(d1Ms: number): ReadLane<Query, ResultRead> {
    return d1Ms > QUICK_MS_MAX ? this.#slow : this.#quick;
  }

  /** A first read that was slow counts in the lane of the slow ones. */
  async #readAll(queries: readonly Query[]): Promise<readonly ResultRead[]> {
    const beganMs = this.#setting.nowMs();
    const reads = await this.#setting.readAll(queries);
    for (const { d1Ms = 0 } of reads) this.#laneOf(d1Ms).charge(beganMs, d1Ms);
    return reads;
  }
}

/** The milliseconds that a read is charged to its subscriber. */
export function laneMs({ d1Ms = 0, bytes }: ReadHistory): number {
  return LANE_MS_PER_D1_MS * d1Ms + bytes / BYTES_PER_MS;
}

/**
 * The milliseconds of D1 and of the object that a read will take. After its first failure a query is read alone, since
 * another one may have failed the wave; if that fails too, it may be an outage, and the next retries are one wave.
 */
function weightOf({ d1Ms, bytes, failures }: ReadHistory): number {
  if (failures % 2 === 1) return WAVE_WEIGHT_MAX;
  if (d1Ms === undefined) return WEIGHT_UNKNOWN;
  return Math.max(WEIGHT_MIN, d1Ms + bytes / BYTES_PER_MS);
}
