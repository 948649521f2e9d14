/** What consumers of a group do: receive messages, and say what became of them. */
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { publicationsOf } from '../../core/app.ts';
import type { ReceiptAnswers } from '../../core/operator-shapes/group.ts';
import type {
  GrantedConsumer,
  MessageAnswer,
  ReceivedMessages,
  Ungranted,
} from '../../durable-objects/index.ts';
import type { NackInput, ReceiveInput } from '../api/inputs/groups.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import { readerOf } from '../http/shown-events.ts';
import { shownPersonal } from '../personal/show-personal.ts';
import type { CloudEvent } from '../publications/feed/cloud-event.ts';
import type { GroupStub, LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { onGroup } from './known-group.ts';

export interface Consumption {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  readonly caller: AuthorizedCaller;
}

export interface MessageBatch {
  readonly messages: readonly {
    readonly receipt: string;
    readonly attempt: number;
    readonly event: CloudEvent;
  }[];
  /** When the lease ends; null: there is no message. */
  readonly leasedUntil: string | null;
}

/** `gone` aborts when the caller has disconnected: nothing is leased to it then. */
export async function receiveMessages(
  by: Consumption,
  name: string,
  { max, leaseSeconds, wait }: ReceiveInput,
  gone: AbortSignal,
): Promise<MessageBatch | Failure> {
  const { nowMs } = by.machinery.platform;
  const endMs = nowMs() + wait * 1_000;
  const request = { max, leaseMs: leaseSeconds * 1_000 };
  return consuming(by, name, async (object, consumer) => {
    for (;;) {
      const received = await object.receive(consumer, request);
      if (received === undefined) return undefined;
      if (received === 'lost') return { outcome: 'damaged' };
      if ('ungranted' in received) return received;
      const leftMs = endMs - nowMs();
      if (received.messages.length > 0 || leftMs <= 0 || gone.aborted) return shown(by, received);
      await object.news(received.seen, leftMs);
      if (gone.aborted) return shown(by, received);
    }
  });
}

export async function answerMessages(
  by: Consumption,
  name: string,
  receipts: readonly string[],
  answer: MessageAnswer,
): Promise<ReceiptAnswers | Failure> {
  return consuming(by, name, async (object, consumer) => {
    const results = await object.answer(consumer, receipts, answer);
    if (results === undefined || 'ungranted' in results) return results;
    return {
      results: receipts.map((receipt, index) => ({
        ...{ receipt, result: results[index] ?? 'unknown' },
      })),
    };
  });
}

const FAILED = 'failed';

export function answerOf({ fate, afterSeconds, reason = FAILED }: NackInput): MessageAnswer {
  switch (fate) {
    case 'retry':
      return {
        ...{ kind: 'retry', reason },
        ...(afterSeconds !== undefined && { afterMs: afterSeconds * 1_000 }),
      };
    case 'park':
      return { kind: 'park', reason };
    default:
      return { kind: fate };
  }
}

/** The group knows its publication: it refuses a caller that has not both grants of it. */
async function consuming<Found extends object>(
  { machinery, env, caller }: Consumption,
  name: string,
  ask: (
    object: GroupStub,
    consumer: GrantedConsumer,
  ) => Promise<Found | Failure | Ungranted | undefined>,
): Promise<Found | Failure> {
  const { tenant, actor, rights } = caller;
  const names = publicationsOf(machinery.app).map((publication) => publication.name);
  const publications = names.filter((one) => rights.mayFollow(one) && rights.mayConsume(one));
  // Without any, it is not shown which groups there are.
  if (publications.length === 0) return ungranted('consume');
  return onGroup(env, tenant, name, async (object) => {
    const found = await ask(object, { holder: actor, publications });
    if (found === undefined || !('ungranted' in found)) return found;
    const { ungranted: publication } = found;
    const needs = rights.mayFollow(publication) ? 'consume' : 'publication';
    return ungranted(`${needs} ${publication}`);
  });
}

async function shown(
  { machinery, env, caller }: Consumption,
  { messages, untilMs }: ReceivedMessages,
): Promise<MessageBatch> {
  const plain = messages.map(({ receipt, attempt, text }) => {
    // As the object has read it from the feed.
    const event: CloudEvent = JSON.parse(text);
    return { receipt, attempt, event };
  });
  return {
    messages: await shownPersonal(readerOf(machinery, env, caller), plain),
    leasedUntil: messages.length === 0 ? null : new Date(untilMs).toISOString(),
  };
}
