/**
 * The time of the oldest message that a queue has not delivered, in ms. Undefined where the queue is empty or the platform
 * does not know it; the local runtime reports the year 1970 for both.
 */
export function oldestMessageMs({
  backlogCount,
  oldestMessageTimestamp,
}: QueueMetrics): number | undefined {
  const atMs = oldestMessageTimestamp ? new Date(oldestMessageTimestamp).getTime() : 0;
  return backlogCount > 0 && atMs > 0 ? atMs : undefined;
}
