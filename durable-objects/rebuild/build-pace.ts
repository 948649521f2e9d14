/**
 * The pace of one build: how many events its next page has, and the pause before it. D1 has one thread for builds and
 * live work. Beside live commits pages are short and pauses longer than the pages; a build that is alone makes no pause.
 */

/** A page of a build with what it took. */
export interface MeasuredPage {
  /** Positions that the build has advanced by; 0 if the page was not written. */
  readonly events: number;
  /** The journal's newest position when the page was read. */
  readonly head: number;
  /** Whether live commits wait for the next page. */
  readonly isDoorClosed: boolean;
  readonly elapsedMs: number;
  readonly queries: number;
  readonly trips: number;
  /** D1's own time. */
  readonly databaseMs: number;
  /** The least that a round trip took beside D1's own time. */
  readonly tripMs: number;
}

/** Our limits. Stored pages are read whole, so that fewer than some hundred events cost no less. */
const EVENTS = { first: 500, min: 200, max: 5_000 };

/** Our limit on D1's own time for a page while others commit nothing. */
const ALONE_MS = 50;

/** Our limit on a page beside live commits, without the network. The Worker's time counts: locally it is the same thread. */
const BESIDE_MS = 15;

/** A pause lasts as many times as long as its page. */
const PAUSE_SHARE = 2;

/** Our limit on a pause: a page that waited for a busy D1 took long without taking D1's time. */
const PAUSE_MS_MAX = 250;

/** A page is at most as many times as long as the one before: the time for an event varies. */
const GROWTH_MAX = 2;

/** A page has at least so many times the events that the journal has gained meanwhile: a build gains on any traffic. */
const GAIN_MIN = 4;

/** Our value. Without a commit of others for so long a build is alone; at its start it does not know yet. */
const QUIET_MS = 1_000;

export class BuildPace {
  #events = EVENTS.first;
  #head: number | undefined;
  #hasCompany = false;
  #quietMs = 0;
  #tripMs = Number.POSITIVE_INFINITY;

  /** Of the next page, at most. */
  get events(): number {
    return this.#events;
  }

  /** Takes in a page, and returns the pause after it in milliseconds. */
  after(page: MeasuredPage): number {
    const gained = this.#watch(page);
    const busyMs = this.#busyMs(page);
    const isAlone = this.#quietMs >= QUIET_MS;
    const fitting = resized(page, isAlone ? page.databaseMs / ALONE_MS : busyMs / BESIDE_MS);
    const least = Math.max(EVENTS.min, GAIN_MIN * gained);
    // Behind a closed door live commits wait for all that is left.
    this.#events = page.isDoorClosed ? EVENTS.max : Math.min(Math.max(fitting, least), EVENTS.max);
    if (!this.#hasCompany || isAlone || page.isDoorClosed) return 0;
    return Math.min(PAUSE_SHARE * busyMs, PAUSE_MS_MAX);
  }

  /** Commits of others are seen by the journal's growth: returns how many events it has gained since the page before. */
  #watch({ head, elapsedMs }: MeasuredPage): number {
    const gained = head - (this.#head ?? head);
    this.#hasCompany ||= gained > 0;
    this.#quietMs = gained > 0 ? 0 : this.#quietMs + elapsedMs;
    this.#head = head;
    return gained;
  }

  /** The page's time without the network. */
  #busyMs({ elapsedMs, databaseMs, trips, tripMs }: MeasuredPage): number {
    this.#tripMs = Math.min(this.#tripMs, tripMs);
    return Math.max(databaseMs, elapsedMs - trips * this.#tripMs);
  }
}

/** `share`: how much of the time that a page may take this one has taken. */
function resized({ events }: MeasuredPage, share: number): number {
  return Math.round(events * Math.min(1 / share, GROWTH_MAX));
}
