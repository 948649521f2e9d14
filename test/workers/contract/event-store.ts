/** The interface of every event store in the contract suite: an object, a server or memory. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { Outcome } from '../../../core/aggregate/outcome.ts';

export interface ContractCommand {
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
  execute(command: ContractCommand): Promise<Outcome>;
  events(stream: ContractCommand['stream'], page?: Page): Promise<readonly StoredEvent[]>;
  state(stream: ContractCommand['stream']): Promise<{ version: number; state: unknown }>;
}
