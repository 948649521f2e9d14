/**
 * A provider of payments, which is no part of the deployment: it makes one charge for each idempotency key, and answers a
 * repeat as it has answered before. Any call can fail, come late, or be answered after the attempt's time.
 */
import { ask, type Process, type World } from './process.ts';

export interface Charge {
  readonly key: string;
  readonly cents: number;
}

/** Longer than an attempt takes. */
const LATE_MS = 400;

export class PaymentSystem {
  readonly #world: World;
  /** In their order, repeats included. */
  readonly calls: Charge[] = [];
  /** By key. */
  readonly charges = new Map<string, Charge>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The binding, as a process sees it. */
  seenBy(process: Process) {
    return {
      fetch: (_url: string, init: RequestInit) =>
        ask(this.#world, process, {
          what: 'payments',
          lost: () => new TypeError('The network is away.'),
          serve: () => this.#serve(init),
        }),
    };
  }

  async #serve({ headers, body }: RequestInit): Promise<Response> {
    const { fate, timeline } = this.#world;
    const key = new Headers(headers).get('idempotency-key') ?? '';
    const charge = { key, cents: Number(JSON.parse(String(body)).cents) };
    this.calls.push(charge);
    if (fate.strikes('payments answers 500')) return new Response('{}', { status: 500 });
    if (!this.charges.has(key)) this.charges.set(key, charge);
    if (fate.strikes('payments answers late')) await timeline.sleep(LATE_MS, 'payments is slow');
    return Response.json({ receipt: key });
  }
}
