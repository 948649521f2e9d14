/**
 * The load of a soak. It is open: a request is sent when it is due, whatever became of those before it, and how long it
 * took counts from then. One command in a hundred is repeated, hung up on, invalid, or cuts a live socket besides.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Board } from '../../test/chaos/board.ts';
import { ChaosClient } from '../../test/chaos/client.ts';
import { type Random, seeded } from '../../test/chaos/random.ts';
import type { Command } from '../../test/checker/history.ts';
import type { Recorder } from '../../test/checker/recorder.ts';
import { percentile } from '../figures.ts';
import type { Sample } from './sample.ts';
import { SoakCommands } from './soak-commands.ts';
import { Subscribers } from './subscribers.ts';

export const FAULTS_OF_100 = 1;
const SUBSCRIBERS = 8;
const IN_FLIGHT_MAX = 500;
const HANG_UP_MS_MAX = 10;
const BATCH_MAX = 10;

/** How long a follower of the journal waits between two pages. */
const FOLLOW_EVERY_MS = 1_000;

type Measured = Pick<Sample, 'commands' | 'reads' | 'failed' | 'shed'>;

export class Load {
  readonly #url: string;
  readonly #recorder: Recorder;
  readonly #random: Random;
  readonly #commands: SoakCommands;
  readonly #board = new Board();
  readonly #subscribers: Subscribers;
  /** Who waits for nothing: a client asks one thing at a time, as the checker takes for granted. */
  readonly #idle: ChaosClient[] = [];
  #clients = 0;
  #inFlight = 0;
  #isOver = false;
  /** Orders that wait for their payment. */
  readonly unpaid: string[] = [];
  #commandsMs: number[] = [];
  #readsMs: number[] = [];
  /** Of the recorder's lines. */
  #counted = 0;
  #shed = 0;
  sent = 0;

  constructor(url: string, recorder: Recorder, seed: number) {
    this.#url = url;
    this.#recorder = recorder;
    this.#random = seeded(seed);
    this.#commands = new SoakCommands(seeded(seed + 1));
    this.#subscribers = new Subscribers(url);
  }

  /** Everything that commands are sent to often, and everybody who follows. Answers what has to arrive. */
  async prepare(): Promise<Map<string, number>> {
    const registrations = this.#commands.registrations();
    await this.#by((client) => client.batch(registrations));
    for (let number = 0; number < SUBSCRIBERS; number++) {
      this.#subscribers.admit(this.#commands.product());
    }
    void this.#follow();
    return new Map(registrations.map(({ stream }) => [stream, 1]));
  }

  /** As many at a time as asked for, for so long: how many a second. */
  async closed(lanes: number, seconds: number): Promise<number> {
    const startMs = performance.now();
    const sent = this.sent;
    const lane = async () => {
      while (performance.now() - startMs < seconds * 1_000) await this.#request();
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return (this.sent - sent) / ((performance.now() - startMs) / 1_000);
  }

  /** @param ratePerSecond requests that are due, for so long */
  async open(ratePerSecond: number, seconds: number): Promise<void> {
    const startMs = performance.now();
    for (let number = 0; number < ratePerSecond * seconds; number++) {
      const dueMs = startMs + (number * 1_000) / ratePerSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      if (this.#inFlight < IN_FLIGHT_MAX) void this.#request(dueMs);
      else this.#shed++;
    }
  }

  /** What was measured since it was asked for last. */
  take(): Measured {
    const taken = {
      commands: latencyOf(this.#commandsMs),
      reads: latencyOf(this.#readsMs),
      failed: this.#unanswered(),
      shed: this.#shed,
    };
    [this.#commandsMs, this.#readsMs, this.#shed] = [[], [], 0];
    return taken;
  }

  #unanswered(): number {
    const lines = this.#recorder.lines.slice(this.#counted);
    this.#counted += lines.length;
    return lines.filter(({ type }) => type === 'unknown').length;
  }

  /** Answers how many frames the subscribers got. */
  async end(): Promise<number> {
    this.#isOver = true;
    while (this.#inFlight > 0) await sleep(10);
    this.#subscribers.leave();
    return this.#subscribers.frames;
  }

  async #request(dueMs = performance.now()): Promise<void> {
    this.sent++;
    this.#inFlight++;
    const isCommand = this.#random(100) < 60;
    await this.#by((client) => (isCommand ? this.#command(client) : this.#read(client)));
    const tookMs = performance.now() - dueMs;
    (isCommand ? this.#commandsMs : this.#readsMs).push(tookMs);
    this.#inFlight--;
  }

  async #by<Result>(ask: (client: ChaosClient) => Promise<Result>): Promise<Result> {
    const client =
      this.#idle.pop() ??
      new ChaosClient(`client-${++this.#clients}`, () => this.#url, this.#recorder);
    const result = await ask(client);
    this.#idle.push(client);
    return result;
  }

  async #command(client: ChaosClient): Promise<unknown> {
    if (this.#random(100) < FAULTS_OF_100) return this.#trouble(client);
    const which = this.#random(100);
    if (which < 8) return client.batch(this.#some());
    if (which < 9) return this.#order(client);
    if (which < 10) return this.#send(client, this.#commands.order('phone'));
    if (which < 12) return this.#pay(client);
    return this.#send(client, this.#commands.receipt());
  }

  async #trouble(client: ChaosClient): Promise<unknown> {
    const wanted = this.#commands.always(this.#commands.receipt());
    switch (this.#random(4)) {
      case 0:
        await client.command(wanted);
        return client.command(wanted);
      case 1:
        await client.command(wanted, AbortSignal.timeout(this.#random(HANG_UP_MS_MAX)));
        return client.command(wanted);
      case 2:
        return client.command(this.#commands.invalid());
      default:
        return this.#subscribers.cut(this.#random);
    }
  }

  #some(): Command[] {
    return Array.from({ length: 2 + this.#random(BATCH_MAX) }, () => this.#commands.receipt());
  }

  async #order(client: ChaosClient): Promise<void> {
    const wanted = this.#commands.order('web');
    await this.#send(client, wanted);
    this.unpaid.push(wanted.stream);
  }

  async #pay(client: ChaosClient): Promise<void> {
    const order = this.unpaid.shift();
    if (order === undefined) return;
    const isPaid = await client.command(this.#commands.payment(order));
    if (!isPaid) this.unpaid.push(order);
  }

  async #send(client: ChaosClient, wanted: Command): Promise<void> {
    const answer = await client.command(wanted);
    if (answer) this.#board.accepted(wanted.stream, answer.version);
  }

  async #read(client: ChaosClient): Promise<void> {
    const stream = this.#board.someStream(this.#random);
    switch (this.#random(4)) {
      case 0:
        await client.state(stream);
        break;
      case 1:
        await client.events(stream, Math.max(0, this.#board.versionOf(stream) - 5));
        break;
      default: {
        const [aggregate, id = ''] = stream.split('/');
        const tokens = this.#random(2) === 0 ? [this.#board.tokenOf(stream)] : [];
        await client.row(aggregate === 'order' ? 'orders' : 'products', id, tokens);
      }
    }
  }

  async #follow(): Promise<void> {
    const client = new ChaosClient('follower', () => this.#url, this.#recorder);
    while (!this.#isOver) {
      await client.follow(1);
      await sleep(FOLLOW_EVERY_MS);
    }
  }
}

function latencyOf(timesMs: readonly number[]) {
  const [p50Ms = 0, p99Ms = 0] = [50, 99].map((part) => rounded(percentile(timesMs, part)));
  return { count: timesMs.length, p50Ms, p99Ms };
}

const rounded = (ms: number) => Math.round(ms * 10) / 10;
