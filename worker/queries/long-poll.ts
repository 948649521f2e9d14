/** Reads a feed again while it has nothing new, until a time. */

/**
 * The delay between two reads. It grows, so that half a minute without events costs about forty small reads.
 */
const PAUSE_MS = 250;
const PAUSE_MAX_MS = 1_000;
const PAUSE_GROWTH = 1.25;

interface Wait {
  readonly nowMs: () => number;
  readonly seconds: number;
  /** Aborts when the caller has disconnected. */
  readonly gone: AbortSignal;
}

/** `again` reads after the page before; undefined: nothing new is known. */
export async function pollWhile<Page, Quiet extends Page>(
  { nowMs, seconds, gone }: Wait,
  first: () => Promise<Page>,
  isQuiet: (page: Page) => page is Quiet,
  again: (page: Quiet, pauseMs: number) => Promise<Page | undefined>,
): Promise<Page> {
  const deadlineMs = nowMs() + seconds * 1_000;
  let page = await first();
  let pauseMs = PAUSE_MS;
  while (isQuiet(page) && !gone.aborted) {
    const leftMs = deadlineMs - nowMs();
    if (leftMs <= 0) break;
    await pause(Math.min(pauseMs, leftMs), gone);
    page = (await again(page, pauseMs)) ?? page;
    pauseMs = Math.min(pauseMs * PAUSE_GROWTH, PAUSE_MAX_MS);
  }
  return page;
}

async function pause(ms: number, gone: AbortSignal): Promise<void> {
  await scheduler.wait(ms, { signal: gone }).catch(() => undefined);
}
