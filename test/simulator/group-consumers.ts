/**
 * Consumers of a group, each with a key of its own: they die with a lease, take longer than it, acknowledge twice, and
 * acknowledge what another one has.
 */
import type { FeedEvent } from './integration-law.ts';
import type { AccessStage } from './key-holder.ts';
import type { KeyedCaller } from './keyed-caller.ts';

/** It is made by one request under a name: a repeat changes nothing. */
export const GROUP = {
  ...{ name: 'billing', publication: 'payments', from: 'beginning' },
  // The faults cost more attempts than a consumer that works would.
  attempts: 1_000,
} as const;

const MESSAGES_MAX = 3;
const LEASE_SECONDS = 8;
const LONGER_THAN_LEASE_MS = 12_000;
const LOOK_EVERY_MS = 2_000;
const WORK_MS_MAX = 1_500;

/** A consumer acknowledges what another one has. */
const TRESPASSES_ONE_IN = 2;

interface ReceivedPage {
  readonly messages: readonly { readonly receipt: string; readonly event: FeedEvent }[];
}

export class GroupConsumers {
  readonly #stage: AccessStage;
  readonly #callers: readonly KeyedCaller[];
  /** The receipts that each consumer was given last. */
  readonly #given = new Map<KeyedCaller, readonly string[]>();
  /** In the order in which consumers have worked on them, repeats included. */
  readonly handled: FeedEvent[] = [];
  /** Receipts that were settled by another consumer than the one that has them. */
  readonly trespassed: string[] = [];

  constructor(stage: AccessStage, callers: readonly KeyedCaller[]) {
    this.#stage = stage;
    this.#callers = callers;
  }

  async consume(isOver: () => boolean): Promise<void> {
    await Promise.all(this.#callers.map((caller) => this.#consume(caller, isOver)));
  }

  /** Until each of the events was worked on, or nothing comes for longer than all leases. */
  async drain(events: readonly FeedEvent[]): Promise<void> {
    const [caller] = this.#callers;
    const isDone = () => events.every(({ id }) => this.handled.some((one) => one.id === id));
    for (let idle = 0; caller && idle < 20 && !isDone(); idle++)
      if (await this.#round(caller)) idle = 0;
  }

  async #consume(caller: KeyedCaller, isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#round(caller);
  }

  /** Whether there was something. */
  async #round(caller: KeyedCaller): Promise<boolean> {
    const { timeline, fate } = this.#stage.world;
    await timeline.sleep(fate.random(LOOK_EVERY_MS), 'a consumer waits');
    const request = { max: MESSAGES_MAX, leaseSeconds: LEASE_SECONDS, wait: 0 };
    const answer = await caller.ask('POST', `groups/${GROUP.name}/receive`, request);
    if (answer?.status !== 200) return false;
    const { messages }: ReceivedPage = JSON.parse(answer.text);
    const receipts = messages.map(({ receipt }) => receipt);
    this.#given.set(caller, receipts);
    if (fate.strikes('a consumer takes longer than its lease'))
      await timeline.sleep(LONGER_THAN_LEASE_MS, 'a consumer is late');
    for (const { receipt, event } of messages) {
      if (fate.strikes('a consumer dies with its lease')) return true;
      await timeline.sleep(fate.random(WORK_MS_MAX), 'a consumer works');
      this.handled.push({ id: event.id, subject: event.subject });
      await this.#acknowledge(caller, [receipt]);
      if (fate.strikes('a consumer acknowledges again')) await this.#acknowledge(caller, receipts);
    }
    if (fate.random(TRESPASSES_ONE_IN) === 0) await this.#trespass(caller);
    return messages.length > 0;
  }

  async #acknowledge(caller: KeyedCaller, receipts: readonly string[]): Promise<string[]> {
    const answer = await caller.ask('POST', `groups/${GROUP.name}/ack`, { receipts });
    if (answer?.status !== 200) return [];
    const { results }: { results: { result: string }[] } = JSON.parse(answer.text);
    return results.map(({ result }) => result);
  }

  async #trespass(caller: KeyedCaller): Promise<void> {
    for (const [other, receipts] of this.#given) {
      if (other === caller || receipts.length === 0) continue;
      const results = await this.#acknowledge(caller, receipts);
      if (results.includes('acknowledged')) this.trespassed.push(...receipts);
    }
  }
}
