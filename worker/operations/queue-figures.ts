/** The backlog of each queue, as the platform reports it. */
import type { LedgeEnv } from '../runtime/env.ts';

interface NamedQueue {
  /** Of its binding. */
  readonly name: string;
  readonly queue: Queue<string>;
}

/** Every queue that carries events. */
export function queues(env: LedgeEnv): readonly NamedQueue[] {
  return [{ name: 'EVENTS', queue: env.EVENTS }];
}

export interface QueueFigures {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** Undefined where the platform does not report it. */
  readonly oldestSeconds: number | undefined;
}

export async function readQueue({ name, queue }: NamedQueue, nowMs: number): Promise<QueueFigures> {
  const { backlogCount, backlogBytes, oldestMessageTimestamp } = await queue.metrics();
  return {
    name,
    messages: backlogCount,
    bytes: backlogBytes,
    oldestSeconds: ageOf(backlogCount, oldestMessageTimestamp, nowMs),
  };
}

/** An empty queue has no oldest message; the local runtime reports the year 1970 for it. */
function ageOf(messages: number, oldest: Date | undefined, nowMs: number): number | undefined {
  if (messages === 0) return 0;
  const atMs = oldest === undefined ? 0 : new Date(oldest).getTime();
  return atMs > 0 ? Math.max(0, Math.round((nowMs - atMs) / 1_000)) : undefined;
}
