/** What every event store is asked in the contract suite, whether it is an object, a server or a page of memory. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { Outcome } from '../../../core/aggregate/outcome.ts';

export interface Wish {
  readonly stream: `product/${string}`;
  readonly name: string;
  readonly data: unknown;
  readonly idempotencyKey?: string;
  readonly expectedVersion?: number;
}

export interface Page {
  readonly after?: number;
  readonly limit?: number;
  readonly direction?: 'forwards' | 'backwards';
}

export interface EventStore {
  execute(wish: Wish): Promise<Outcome>;
  events(stream: Wish['stream'], page?: Page): Promise<readonly StoredEvent[]>;
  state(stream: Wish['stream']): Promise<{ version: number; state: unknown }>;
}
