/** Puts messages that were kept on the queue, as one batch after the other. Answers how many there were. */

/** What the platform takes at once. */
const BATCH_MESSAGES_MAX = 100;

export async function release(queue: Queue<string>, kept: string[]): Promise<number> {
  const count = kept.length;
  while (kept.length > 0) {
    const bodies = kept.splice(0, BATCH_MESSAGES_MAX);
    await queue.sendBatch(bodies.map((body) => ({ body, contentType: 'text' as const })));
  }
  return count;
}
