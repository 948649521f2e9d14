/**
 * The target of subscriptions, which is no part of the deployment: it can be away, refuse, hang, ask for time, and take an
 * event without its answer arriving. The object that delivers can die at the same moment.
 */
import type { World } from './process.ts';

export const RECEIVER = 'https://hooks.example';

/** One that was taken: answered with 204, whether or not the answer has arrived. */
export interface TakenWebhook {
  readonly id: string;
  /** The stream. */
  readonly subject: string;
  readonly body: string;
}

export class WebhookReceiver {
  readonly #world: World;
  readonly #killSenders: () => void;
  /** By the address that they were sent to. */
  readonly taken = new Map<string, TakenWebhook[]>();

  constructor(world: World, killSenders: () => void) {
    this.#world = world;
    this.#killSenders = killSenders;
  }

  serves(url: string): boolean {
    return url.startsWith(RECEIVER);
  }

  readonly fetch = async (url: string, { headers, body }: RequestInit): Promise<Response> => {
    const { timeline, fate } = this.#world;
    const id = new Headers(headers).get('webhook-id') ?? '';
    const lost = () => new TypeError('The network is away.');
    await timeline.sleep(fate.delayMs(), `the target is sent ${id}`);
    if (fate.strikes('the target is not reached')) throw lost();
    if (!this.taken.has(url)) {
      // The first to come dies with its sender, in every seed.
      this.taken.set(url, []);
      this.#killSenders();
      throw lost();
    }
    if (fate.strikes('the target hangs')) return new Promise(() => {});
    if (fate.strikes('the target refuses')) return new Response(null, { status: 500 });
    if (fate.strikes('the target asks for time'))
      return new Response(null, { status: 429, headers: { 'retry-after': '20' } });
    const webhook = { id, body: String(body), subject: String(JSON.parse(String(body)).subject) };
    this.taken.set(url, [...(this.taken.get(url) ?? []), webhook]);
    if (fate.strikes('subscription dies after its delivery')) this.#killSenders();
    await timeline.sleep(fate.delayMs(), 'the target answers');
    if (fate.strikes('the answer of the target is lost')) throw lost();
    return new Response(null, { status: 204 });
  };
}
