/**
 * The versions of each stream that a walk over the journal has found: they continue from page to page, and reach the
 * checkpoint. About 100 bytes of memory for each stream.
 */
import type {
  CheckpointPage,
  Difference,
  VerifiedStream,
} from '../../core/operator-shapes/verification.ts';
import { formatPosition, JOURNAL_START } from '../../core/plan/journal-position.ts';

export class VerifiedStreams {
  readonly #found = new Map<string, number>();
  /** Streams of which the journal had less than their checkpoint when that was read: it may have been read before. */
  readonly #behind = new Map<string, number>();
  readonly #differences: Difference[] = [];

  /** Takes in the streams of the next page. Returns where one does not continue. */
  add(streams: readonly VerifiedStream[]): Difference[] {
    return streams.flatMap(({ stream, first, last }) => {
      const newest = this.#found.get(stream) ?? 0;
      this.#found.set(stream, Math.max(newest, last));
      if (first === newest + 1) return [];
      return first > newest
        ? [differenceAt(stream, newest + 1, 'missing from the journal')]
        : [differenceAt(stream, first, 'out of order in the journal')];
    });
  }

  /** Checkpoints that were read after the pages so far. */
  compare(checkpoints: CheckpointPage['checkpoints']): void {
    for (const { stream, version } of checkpoints) {
      const newest = this.#found.get(stream) ?? 0;
      if (newest < version) this.#behind.set(stream, version);
      if (newest > version)
        this.#differences.push(differenceAt(stream, newest, 'ahead of its checkpoint'));
    }
  }

  /** After the pages that follow the checkpoints. */
  end(): Difference[] {
    const missing = [...this.#behind].flatMap(([stream, version]) => {
      const newest = this.#found.get(stream) ?? 0;
      return newest < version ? [differenceAt(stream, newest + 1, 'missing from the journal')] : [];
    });
    return [...this.#differences, ...missing];
  }
}

/** Between pages a difference has no position. */
function differenceAt(stream: string, version: number, what: Difference['what']): Difference {
  return { position: formatPosition(JOURNAL_START), stream, version, what };
}
