/** The backlog of each queue, as the platform reports it. */
import { furtherQueues } from '../../core/protocol/deployment-names.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { eventQueues } from '../runtime/event-queues.ts';
import { oldestMessageMs } from '../runtime/oldest-message.ts';

interface NamedQueue {
  /** Of its binding. */
  readonly name: string;
  readonly queue: Queue<string>;
}

const NAMES = ['EVENTS', ...furtherQueues('EVENTS')];

/** Every queue that carries events. */
export function queues(env: LedgeEnv): readonly NamedQueue[] {
  return eventQueues(env).map((queue, index) => ({ name: NAMES[index] ?? '', queue }));
}

export interface QueueFigures {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  /** Undefined where the platform does not report it. */
  readonly oldestSeconds: number | undefined;
}

export async function readQueue({ name, queue }: NamedQueue, nowMs: number): Promise<QueueFigures> {
  const metrics = await queue.metrics();
  const { backlogCount: messages, backlogBytes: bytes } = metrics;
  const oldestMs = oldestMessageMs(metrics) ?? (messages === 0 ? nowMs : undefined);
  const oldestSeconds =
    oldestMs === undefined ? undefined : Math.max(0, Math.round((nowMs - oldestMs) / 1_000));
  return { name, messages, bytes, oldestSeconds };
}
