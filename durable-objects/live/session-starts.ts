/**
 * How new the data of a read must be. A read begins with the newest bookmark of all notifications and all earlier
 * reads, so that a replica may answer, no result goes back in time and each change that was notified is in it. Where
 * that is unknown, the primary is read.
 */

import { newestBookmark } from '../../core/values/newest-bookmark.ts';

/** The start of one wave. */
export interface BegunSession {
  /** For `withSession`. */
  readonly start: string;
  readonly losses: number;
}

export class SessionStarts {
  #newest: string | undefined;
  #isKnown = false;
  #losses = 0;

  begin(needsPrimary: boolean): BegunSession {
    const isFree = !needsPrimary && this.#isKnown;
    return { start: (isFree && this.#newest) || 'first-primary', losses: this.#losses };
  }

  /** A read of the primary includes all that was committed before it began: also what is no longer known. */
  ended({ start, losses }: BegunSession, bookmark: string | null): void {
    if (bookmark === null) {
      this.lose();
      return;
    }
    this.notified(bookmark);
    if (start === 'first-primary' && losses === this.#losses) this.#isKnown = true;
  }

  notified(bookmark: string): void {
    this.#newest = newestBookmark(
      this.#newest === undefined ? [bookmark] : [this.#newest, bookmark],
    );
  }

  /** For changes without a bookmark and reads that failed: a restored database may be older than a known bookmark. */
  lose(): void {
    this.#newest = undefined;
    this.#isKnown = false;
    this.#losses++;
  }
}
