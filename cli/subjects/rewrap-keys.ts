/**
 * Has the key of every subject of every tenant wrapped again: those that are listed, then those with events since the walk
 * began. A subject that cannot be looked at is kept for the next run, which goes on where this one has ended.
 */
import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import { rewrappedKeys } from '../../core/operator-shapes/all-subjects.ts';
import { projectionList } from '../../core/operator-shapes/projection-status.ts';
import { askAgain } from '../operations/ask-again.ts';
import { inBatches } from '../operations/in-batches.ts';
import { NoAnswer, type Server } from '../operations/server.ts';
import { keepProgress, type RewrapProgress, readProgress } from './rewrap-progress.ts';
import {
  firstPlace,
  knownSubjects,
  type NamedSubject,
  newerSubjects,
  walkedDatabases,
} from './subject-streams.ts';

export interface KeysRewrap {
  readonly server: Server;
  /** The file of an interrupted run, or a new one. */
  readonly progress: string | undefined;
  readonly reason: string | undefined;
  readonly show: (text: string) => void;
}

export interface RewrappedDeployment {
  readonly keys: number;
  readonly forgotten: number;
  /** Looked at once more, since they had events meanwhile. */
  readonly newer: number;
  readonly left: RewrapProgress['left'];
  /** Subjects among them may not be listed yet. */
  readonly undelivered: UndeliveredStreams;
}

/** Chosen by us, the server's limit. */
const SUBJECTS_AT_ONCE = 50;

/** Chosen by us: what is in memory; so many have one cause. */
const LEFT_MAX = 1_000;

/** @throws NoAnswer */
export async function rewrapKeys(given: KeysRewrap): Promise<RewrappedDeployment> {
  const { server, progress: path, reason } = given;
  const known = await readProgress(path, server.url);
  const databases = known?.databases ?? [...(await walkedDatabases(server, reason))];
  const walk = new RewrapWalk(given, known ?? begun(server.url, databases));
  await walk.lookAgain();
  await walk.lookAtKnown();
  const newer = await walk.lookAtNewer();
  const list = { method: 'GET', path: '/v1/projections' } as const;
  const { undelivered } = await askAgain(server, list, projectionList);
  return { ...walk.counted, newer, undelivered };
}

function begun(url: string, databases: RewrapProgress['databases']): RewrapProgress {
  return {
    ...{ ledge: 'rewrap', format: 1, url, secret: null, databases },
    ...{ place: firstPlace(databases) ?? null, keys: 0, forgotten: 0, left: [] },
  };
}

class RewrapWalk {
  readonly #given: KeysRewrap;
  #progress: RewrapProgress;

  constructor(given: KeysRewrap, progress: RewrapProgress) {
    this.#given = given;
    this.#progress = progress;
  }

  get counted(): Pick<RewrappedDeployment, 'keys' | 'forgotten' | 'left'> {
    const { keys, forgotten, left } = this.#progress;
    return { keys, forgotten, left };
  }

  /** Those that an earlier run has left. */
  async lookAgain(): Promise<void> {
    const { left } = this.#progress;
    if (left.length === 0) return;
    this.#progress = { ...this.#progress, left: [] };
    await this.#look(left);
    await this.#keep({});
  }

  async lookAtKnown(): Promise<void> {
    const { place, databases } = this.#progress;
    for await (const page of knownSubjects(this.#given.server, databases, place ?? undefined)) {
      await this.#look(page.subjects);
      await this.#keep({ place: page.next ?? null });
    }
  }

  /** Those with events since the walk began, most of which were looked at: they are not counted again. */
  async lookAtNewer(): Promise<number> {
    const { databases, keys, forgotten } = this.#progress;
    let newer = 0;
    for await (const subjects of newerSubjects(this.#given.server, databases)) {
      await this.#look(subjects);
      newer += subjects.length;
    }
    await this.#keep({ keys, forgotten });
    return newer;
  }

  async #look(subjects: readonly NamedSubject[]): Promise<void> {
    for (const some of inBatches(subjects, SUBJECTS_AT_ONCE)) {
      const input = { subjects: some.map(({ tenant, subject }) => ({ tenant, subject })) };
      const request = { method: 'POST', path: '/v1/all-subjects/rewrap', input } as const;
      const answer = await askAgain(this.#given.server, request, rewrappedKeys);
      const { secret, keys, forgotten, left } = this.#progress;
      if (secret !== null && secret !== answer.secret) throw new NoAnswer(CHANGED, false);
      this.#progress = {
        ...this.#progress,
        ...{ secret: answer.secret, keys: keys + answer.keys },
        ...{ forgotten: forgotten + answer.forgotten, left: [...left, ...answer.left] },
      };
      this.#given.show(`${this.#progress.keys} keys wrapped, ${this.#progress.left.length} left.`);
      const [first] = this.#progress.left;
      if (first && this.#progress.left.length > LEFT_MAX) {
        throw new NoAnswer(`Too many subjects are left. ${first.subject}: ${first.because}`, false);
      }
    }
  }

  async #keep(more: Partial<RewrapProgress>): Promise<void> {
    this.#progress = { ...this.#progress, ...more };
    await keepProgress(this.#given.progress, this.#progress);
  }
}

const CHANGED =
  'LEDGE_PERSONAL_KEY was changed since this walk began. Begin another one, with another file for --progress.';
