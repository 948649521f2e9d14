/** The local platform's rate limits: exact, in windows that begin at whole multiples of their length. */

/** Waits for the next window where less than this is left of the present one. */
export async function roomInWindow(windowSeconds: number, neededMs = 3_000): Promise<void> {
  const windowMs = windowSeconds * 1_000;
  const leftMs = windowMs - (Date.now() % windowMs);
  if (leftMs < neededMs) await scheduler.wait(leftMs + 10);
}

/** The statuses of so many requests, one after another. */
export async function statusesOf(
  times: number,
  send: (index: number) => Promise<Response>,
): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index++) {
    const response = await send(index);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  return statuses;
}

/** A binding that counts as the real one does, and keeps the keys that it was asked for. */
export function recordingRate(real: RateLimit) {
  const keys: string[] = [];
  const limit = (options: RateLimitOptions) => {
    keys.push(options.key);
    return real.limit(options);
  };
  return { keys, limit };
}
