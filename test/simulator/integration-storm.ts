/**
 * Another system sends bookings, of which each is charged by a provider; what happens is published, followed, taken by the consumers
 * of a group, and sent to two subscriptions, of which one is made in the middle. All of it, the other systems included, goes wrong as the seed says.
 */
import type { Finding } from '../checker/finding.ts';
import { Administrator } from './administrator.ts';
import { GROUP, GroupConsumers } from './group-consumers.ts';
import {
  type Booking,
  type ChargingEvent,
  type FeedEvent,
  integrationFindings,
} from './integration-law.ts';
import type { AccessStage } from './key-holder.ts';
import { KeyedCaller } from './keyed-caller.ts';
import { RECEIVER, type WebhookReceiver } from './webhook-receiver.ts';

const TENANT = 'depot';
const EARLY = 'early';
const LATE = 'late';

const SUBSCRIBING_MAX = 5;

const ACCOUNTS = ['a-1', 'a-2', 'a-3'];
const BOOKINGS_EACH = 5;

/** A message comes again although it was answered. */
const COPIES_ONE_IN = 3;

const BETWEEN_MS = 2_500;
const POLL_EVERY_MS = 1_500;
const LOOK_EVERY_MS = 3_000;
const PAGE = 3;

export interface IntegrationStage extends AccessStage {
  readonly receiver: WebhookReceiver;
}

/** What a consumer of the feed stores together. */
interface ReadFeed {
  readonly events: FeedEvent[];
  /** Left out: the beginning. */
  position?: string;
}

interface DeadLetterPage {
  readonly deadLetters: readonly { id: string }[];
}

interface ActionPage {
  readonly actions: readonly { action: string; version: number; state: string }[];
}

export class IntegrationStorm {
  readonly #stage: IntegrationStage;
  readonly #bookings: Booking[] = [];
  readonly #followed: ReadFeed = { events: [] };
  #caller: KeyedCaller | undefined;
  #consumers: GroupConsumers | undefined;

  constructor(stage: IntegrationStage) {
    this.#stage = stage;
  }

  async rage(): Promise<void> {
    const administrator = new Administrator({
      ...this.#stage,
      provisioned: { tenant: TENANT, database: 'DB' },
    });
    await administrator.provision();
    const rights = { holder: 'ivo', role: 'supervisor' } as const;
    const { key } = await administrator.issue(rights, 'partner', 'operator');
    this.#caller = new KeyedCaller(this.#stage, key);
    const further = await administrator.issue(rights, 'partner');
    const consumer = new KeyedCaller(this.#stage, further.key);
    this.#consumers = new GroupConsumers(this.#stage, [this.#caller, consumer]);
    await this.#try('groups', GROUP);
    await this.#try(...subscribing(EARLY));
    let isOver = false;
    const senders = ACCOUNTS.map((account, at) => this.#send(account, at));
    const others = [
      this.#disturb(() => isOver),
      this.#follow(() => isOver),
      this.#consumers.consume(() => isOver),
    ];
    await this.#pause(ACCOUNTS.length * BETWEEN_MS);
    await this.#try(...subscribing(LATE));
    await Promise.all(senders);
    isOver = true;
    await Promise.all(others);
  }

  /**
   * An operator redrives dead letters, and retries what is parked: the provider knows its key. The last booking is
   * published without a wake-up, so that the cron alone can find it.
   */
  async settle(): Promise<void> {
    await this.#accepted('POST', 'groups', GROUP);
    for (const name of [EARLY, LATE]) await this.#accepted('POST', ...subscribing(name));
    this.#stage.cloud.areWakeUpsLost = true;
    await this.#book(ACCOUNTS[0] ?? '', 0, BOOKINGS_EACH + 1);
    const { deadLetters }: DeadLetterPage = JSON.parse(await this.#accepted('GET', 'dead-letters'));
    for (const { id } of deadLetters)
      await this.#accepted('POST', `dead-letters/${encodeURIComponent(id)}/redrive`, {});
    for (const account of ACCOUNTS) {
      const path = `actions/charging/${account}`;
      for (;;) {
        const { actions }: ActionPage = JSON.parse(await this.#accepted('GET', path));
        if (actions.length === 0) break;
        for (const { action, version, state } of actions) {
          const body = { action, version, reason: 'compared with the provider' };
          if (state === 'parked') await this.#asked('POST', `${path}/retry`, body);
        }
        await this.#stage.world.timeline.sleep(LOOK_EVERY_MS, 'the actions go on');
      }
    }
  }

  async findings(): Promise<Finding[]> {
    const { cloud, receiver } = this.#stage;
    cloud.areWakeUpsLost = false;
    const again: ReadFeed = { events: [] };
    for (const reader of [this.#followed, again]) await this.#readOn(reader);
    await this.#consumers?.drain(again.events);
    const { handled = [], trespassed = [] } = this.#consumers ?? {};
    const streams = new Map<string, ChargingEvent[]>();
    for (const account of ACCOUNTS) {
      streams.set(account, await this.#known.eventsOf(`charging/${account}`));
    }
    return integrationFindings({
      ...{ bookings: this.#bookings, streams },
      ...{ calls: cloud.payments.calls, charges: [...cloud.payments.charges.values()] },
      ...{ feed: again.events, followed: this.#followed.events, taken: receiver.taken },
      ...{ handled, trespassed },
    });
  }

  async #send(account: string, at: number): Promise<void> {
    for (let number = 1; number <= BOOKINGS_EACH; number++) {
      await this.#book(account, at, number);
      await this.#pause(BETWEEN_MS);
    }
  }

  async #book(account: string, at: number, number: number): Promise<void> {
    const cents = 1_000 * (at + 1) + number;
    const message = { id: `${account}-${number}`, account, cents };
    const answer = await this.#accepted('POST', 'inbound/bookings', message);
    const wasParked = JSON.parse(answer).messages[0].outcome === 'parked';
    this.#bookings.push({ account, cents, wasParked });
    const isRepeated = this.#stage.world.fate.random(COPIES_ONE_IN) === 0;
    if (isRepeated) await this.#asked('POST', 'inbound/bookings', message);
  }

  /** A few times: D1 may be full as long as there is something to write. What is not made is made after the storm. */
  async #try(path: string, body: object, key?: string): Promise<void> {
    for (let attempt = 0; attempt < SUBSCRIBING_MAX; attempt++) {
      const answer = await this.#asked('POST', path, body, key);
      if (answer?.status === 201) return;
      await this.#pause(BETWEEN_MS);
    }
  }

  async #disturb(isOver: () => boolean): Promise<void> {
    const { cloud, world } = this.#stage;
    while (!isOver()) {
      await this.#pause(BETWEEN_MS);
      if (world.fate.random(2) === 0) cloud.putToSleep();
      else cloud.replaceIsolate(world.fate.random(2));
    }
  }

  async #follow(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#pause(POLL_EVERY_MS);
      await this.#readPage(this.#followed);
    }
  }

  async #readOn(reader: ReadFeed): Promise<void> {
    while ((await this.#readPage(reader)) !== 0) {}
  }

  /** Undefined: it was lost. */
  async #readPage(reader: ReadFeed): Promise<number | undefined> {
    const after = reader.position === undefined ? '' : `&after=${reader.position}`;
    const answer = await this.#asked('GET', `publications/payments?limit=${PAGE}${after}`);
    if (answer?.status !== 200) return undefined;
    const events: (FeedEvent & { position: string })[] = JSON.parse(answer.text);
    reader.events.push(...events);
    const last = events.at(-1);
    if (last) reader.position = last.position;
    return events.length;
  }

  #pause(aboutMs: number): Promise<void> {
    const { timeline, fate } = this.#stage.world;
    return timeline.sleep(fate.random(2 * aboutMs), 'another system waits');
  }

  #asked(...request: Parameters<KeyedCaller['ask']>) {
    return this.#known.ask(...request);
  }

  #accepted(...request: Parameters<KeyedCaller['accepted']>): Promise<string> {
    return this.#known.accepted(...request);
  }

  get #known(): KeyedCaller {
    if (!this.#caller) throw new Error('The storm has not begun.');
    return this.#caller;
  }
}

/** Under one key: a repeat makes no second one. */
function subscribing(name: string) {
  const body = {
    publication: 'payments',
    target: { url: `${RECEIVER}/${name}` },
    from: 'beginning',
  };
  return ['subscriptions', body, `subscribe-${name}`] as const;
}
