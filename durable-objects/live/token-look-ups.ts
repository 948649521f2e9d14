/**
 * Look-ups of consistency tokens. A token whose events D1 lacks wakes an aggregate's object, so look-ups are limited:
 * the number in progress, the number waiting, and the rate of each subscriber. Simultaneous requests for one token
 * share a look-up.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { Allowance } from './allowance.ts';
import { type TurnOwner, Turns, type TurnsSetting } from './turns.ts';

/** Our limit per object. */
const UNDER_WAY_MAX = 100;
const OPEN_MAX = 1_000;

/** Our limit per subscriber. A frame has at most 20 tokens; a client asks for those of its own commands. */
const UNDER_WAY_OF_ONE_MAX = 10;
const AT_ONCE = 100;
const PER_SECOND = 20;
const WAIT_MS_MAX = 10_000;

export type LookUp = () => Promise<Failure | undefined>;

export class TokenLookUps {
  readonly #clock: Pick<TurnsSetting, 'nowMs' | 'wait'>;
  readonly #turns: Turns;
  readonly #allowances = new WeakMap<TurnOwner, Allowance>();
  readonly #open = new Map<string, Promise<Failure | undefined>>();

  constructor(clock: Pick<TurnsSetting, 'nowMs' | 'wait'>) {
    this.#clock = clock;
    this.#turns = new Turns({
      weightMax: UNDER_WAY_MAX,
      weightOfOneMax: UNDER_WAY_OF_ONE_MAX,
      ...clock,
    });
  }

  /** `name` identifies the token and the projection. */
  async ask(subscriber: TurnOwner, name: string, lookUp: LookUp): Promise<Failure | undefined> {
    const open = this.#open.get(name);
    if (open) return open;
    const isFull = this.#open.size >= OPEN_MAX;
    const waitMs = isFull ? undefined : this.#allowance(subscriber).reserve(WAIT_MS_MAX);
    if (waitMs === undefined) return tooMany;
    const begun = this.#begin(subscriber, waitMs, lookUp);
    this.#open.set(name, begun);
    return begun.finally(() => this.#open.delete(name));
  }

  async #begin(subscriber: TurnOwner, waitMs: number, lookUp: LookUp) {
    if (waitMs > 0) await this.#clock.wait(waitMs);
    let failure: Failure | undefined;
    const turn = this.#turns.take([subscriber], async () => {
      failure = await lookUp();
      return undefined;
    });
    await turn.ended;
    return failure;
  }

  #allowance(subscriber: TurnOwner): Allowance {
    const setting = { atOnce: AT_ONCE, perSecond: PER_SECOND, nowMs: this.#clock.nowMs };
    const allowance = this.#allowances.get(subscriber) ?? new Allowance(setting);
    this.#allowances.set(subscriber, allowance);
    return allowance;
  }
}

const tooMany: Failure = {
  outcome: 'unavailable',
  detail: `Too many tokens: ${AT_ONCE} at once, ${PER_SECOND} a second after that. Ask for it again.`,
  retryAfterSeconds: 10,
};
