/**
 * One order of a shop in memory: the domain's functions and its saga, without the runtime. What can happen next is a
 * list; the test chooses.
 */

import { type Aggregate, evolve } from '../../../core/aggregate/aggregate.ts';
import { decideCommand } from '../../../core/aggregate/decide-command.ts';
import type { Context } from '../../../core/aggregate/decision.ts';
import { streamName } from '../../../core/aggregate/stream.ts';
import { type App, findAggregate } from '../../../core/app.ts';
import type { Reaction } from '../../../core/process/reactor.ts';
import type { Saga } from '../../../core/process/saga.ts';
import { hasEnded } from '../../../core/process/saga-instance.ts';
import { givenSaga, type SagaStory, TEST_MOMENT } from '../../../core/testing/index.ts';
import type { ReceivedEvent } from '../../../core/testing/received-event.ts';
import { entriesOf } from '../../../core/values/persistent-map.ts';

export const ORDER = 'o-1';
export const PRODUCTS = ['chai', 'chang'];
const QUANTITY = 3;
const MINUTE_MS = 60_000;

/** The actions of outside parties, each at most once, at any time. */
export const outsiders = ['capture', 'decline', 'cancel', 'quarter of an hour'] as const;

export type Outsider = (typeof outsiders)[number];

interface Stream {
  readonly aggregate: Aggregate;
  readonly id: string;
  state: unknown;
  version: number;
  /** The events that the saga has not received yet. */
  readonly undelivered: ReceivedEvent<Aggregate>[];
}

interface Answer {
  readonly effect: string;
  readonly attempt: number;
  readonly reason: string | undefined;
}

/** Something that may happen next. */
export type Happening = () => void;

/** An app with orders, products, payments and shipments, and the saga that fulfils an order. */
export interface ShopUnderTest {
  readonly app: App;
  readonly fulfilment: Saga;
}

export class MemoryShop {
  story: SagaStory;
  readonly #app: App;
  readonly #streams = new Map<string, Stream>();
  /** Every attempt has one outcome, however often it is sent. */
  readonly #outcomes = new Map<string, Answer>();
  #answers: Answer[] = [];

  /** With stock for `stocked` of the two products that are ordered. */
  constructor({ app, fulfilment }: ShopUnderTest, stocked: number) {
    this.#app = app;
    this.story = givenSaga(fulfilment, ORDER);
    for (const [index, id] of PRODUCTS.entries()) {
      this.#command('product', id, 'RegisterProduct', { name: id, priceCents: 500 });
      if (index < stocked) this.#command('product', id, 'ReceiveStock', { quantity: QUANTITY });
    }
    const line = { quantity: QUANTITY, unitCents: 500, discountBp: 0 };
    const lines = PRODUCTS.map((id) => ({ ...line, product: id }));
    const cart = { customer: 'ann', country: 'Germany', lines };
    this.#command('order', ORDER, 'PlaceOrder', cart);
  }

  stateOf(aggregate: string, id = ORDER): Record<string, unknown> {
    return Object(this.#streams.get(`${aggregate}/${id}`)?.state);
  }

  get hasEnded(): boolean {
    return hasEnded(this.story.instance);
  }

  /** The possible next steps of the runtime, in any order and repeatedly: send, answer, deliver. */
  happenings(): Happening[] {
    const { open } = this.story.instance;
    const sends = [...entriesOf(open)].flatMap(([effect, { awaits, attempt, command }]) =>
      awaits === 'outcome' ? [() => this.#send(effect, attempt, command)] : [],
    );
    const answers = this.#answers.map((answer) => () => this.#answer(answer));
    const undelivered = [...this.#streams.values()].flatMap(({ undelivered }) =>
      undelivered.slice(0, 1),
    );
    return [...sends, ...answers, ...undelivered.map((event) => () => this.#deliver(event))];
  }

  does(outsider: Outsider): void {
    switch (outsider) {
      case 'capture':
        this.#command('payment', ORDER, 'CapturePayment', {});
        break;
      case 'decline':
        this.#command('payment', ORDER, 'DeclinePayment', { reason: 'no funds' });
        break;
      case 'cancel':
        this.#command('order', ORDER, 'CancelOrder', { reason: 'changed my mind' });
        break;
      case 'quarter of an hour':
        this.story = this.story.whenTimePasses(15 * MINUTE_MS);
    }
  }

  #send(effect: string, attempt: number, reaction: Reaction): void {
    const key = `${effect}/${attempt}`;
    const answer = this.#outcomes.get(key) ?? { effect, attempt, reason: this.#carryOut(reaction) };
    this.#outcomes.set(key, answer);
    this.#answers.push(answer);
  }

  #answer(answer: Answer): void {
    this.#answers = this.#answers.filter((one) => one !== answer);
    const { effect, attempt, reason } = answer;
    this.story = this.story.whenSettled(effect, reason, attempt);
  }

  #deliver(event: ReceivedEvent<Aggregate>): void {
    const { undelivered } = this.#stream(event.aggregate, event.id);
    undelivered.splice(undelivered.indexOf(event), 1);
    this.story = this.story.whenEvent(event);
  }

  #command(aggregate: string, id: string, command: string, data: object): void {
    this.#carryOut({ aggregate, id, command, data });
  }

  /** Undefined when it was accepted, else the reason. */
  #carryOut({ aggregate: name, id, command: commandName, data }: Reaction): string | undefined {
    const aggregate = findAggregate(this.#app, name);
    if (!aggregate) throw new Error(`There is no aggregate ${name}.`);
    const stream = this.#stream(aggregate, id);
    const input = aggregate.commands[commandName]?.parse(data);
    const command = { name: commandName, data: input };
    const decision = decideCommand(aggregate, stream.state, command, contextOf(stream));
    if ('outcome' in decision) throw new Error(`${name}, ${commandName}: ${decision.outcome}.`);
    if (decision.decision === 'rejected') return decision.reason;
    for (const event of decision.events) {
      stream.state = evolve(aggregate, stream.state, event);
      stream.undelivered.push({ aggregate, id, version: ++stream.version, ...event });
    }
    return undefined;
  }

  #stream(aggregate: Aggregate, id: string): Stream {
    const name = streamName({ aggregate: aggregate.name, id });
    const fresh = { aggregate, id, state: aggregate.initialState(), version: 0, undelivered: [] };
    const stream: Stream = this.#streams.get(name) ?? fresh;
    this.#streams.set(name, stream);
    return stream;
  }
}

function contextOf({ id, version }: Stream): Context {
  const now = TEST_MOMENT;
  const newId = () => '00000000-0000-7000-8000-000000000000';
  return { tenant: 'main', id, version, actor: 'somebody', now, occurredAt: now, newId };
}
