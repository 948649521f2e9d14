/** The model: streams in a map and the domain's functions, without the runtime under test. */
import { evolve } from '../../../core/aggregate/aggregate.ts';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import {
  type AcceptedOutcome,
  accepted,
  type Outcome,
  type RejectedOutcome,
} from '../../../core/aggregate/outcome.ts';
import { canonicalJson } from '../../../core/values/json.ts';
import { product } from '../../shop/product.ts';
import type { ContractCommand, EventStore, Page } from './event-store.ts';

interface Stream {
  readonly events: StoredEvent[];
  readonly keys: Map<string, { command: string; outcome: AcceptedOutcome | RejectedOutcome }>;
}

export class MemoryStore implements EventStore {
  readonly #streams = new Map<string, Stream>();

  async execute(command: ContractCommand): Promise<Outcome> {
    const { keys } = this.#stream(command.stream);
    const text = canonicalJson([command.name, command.data]);
    const known =
      command.idempotencyKey === undefined ? undefined : keys.get(command.idempotencyKey);
    if (known?.command === text) return { ...known.outcome, replayed: true };
    if (known) return { outcome: 'key-reused', stream: command.stream };
    const outcome = this.#decide(command);
    if (outcome.outcome !== 'accepted' && outcome.outcome !== 'rejected') return outcome;
    if (command.idempotencyKey !== undefined)
      keys.set(command.idempotencyKey, { command: text, outcome });
    return outcome;
  }

  async events(stream: string, { after, limit = 100, direction }: Page = {}) {
    const { events } = this.#stream(stream);
    if (direction !== 'backwards') {
      return events.filter(({ version }) => version > (after ?? 0)).slice(0, limit);
    }
    return events
      .filter(({ version }) => version < (after ?? Infinity))
      .toReversed()
      .slice(0, limit);
  }

  async state(stream: string) {
    const { events } = this.#stream(stream);
    const start: unknown = product.initialState();
    const state = events.reduce((before, event) => evolve(product, before, event), start);
    return { version: events.length, state };
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name) ?? { events: [], keys: new Map() };
    this.#streams.set(name, stream);
    return stream;
  }

  #decide({ stream, name, data, expectedVersion }: ContractCommand): Outcome {
    const { events } = this.#stream(stream);
    const actual = events.length;
    if (expectedVersion !== undefined && expectedVersion !== actual) {
      return { outcome: 'conflict', stream, expected: expectedVersion, actual };
    }
    const decide: Record<string, unknown> = product.decide;
    const start: unknown = product.initialState();
    const state = events.reduce((before, event) => evolve(product, before, event), start);
    if (typeof decide[name] !== 'function') throw new Error(`There is no command ${name}.`);
    const decision = decide[name](data, state);
    if (decision.decision === 'rejected') {
      return {
        outcome: 'rejected',
        stream,
        version: actual,
        reason: decision.reason,
        details: decision.details,
      };
    }
    const appended = decision.events.map((event: object, index: number) => ({
      ...event,
      stream,
      version: actual + index + 1,
    }));
    events.push(...appended);
    return accepted(stream, events.length, appended);
  }
}
