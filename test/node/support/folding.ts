/** How much an aggregate copies while its state grows: four times as much is about four times the work, never sixteen. */
import { type Aggregate, asStored, evolve } from '../../../core/aggregate/aggregate.ts';
import { decideCommand } from '../../../core/aggregate/decide-command.ts';

/**
 * Linear growth is a factor of four, and a little more for deeper trees; copying a collection for each event is
 * sixteen.
 */
export const RATIO_MAX = 6;

/** Copies are counted and not timed: the count is the same on every machine. */
export function ratioOf(copiesFor: (size: number) => number, size: number): number {
  return copiesFor(size * 4) / copiesFor(size);
}

/** How many members the new objects and arrays of a state have; what the state before has too costs nothing. */
function copies(before: unknown, after: unknown): number {
  if (before === after || typeof after !== 'object' || after === null) return 0;
  const known = new Set<unknown>(Object.values(Object(before)));
  const members = Object.entries(after);
  return members.reduce(
    (sum, [key, value]) => (known.has(value) ? sum : sum + copies(Object(before)[key], value)),
    members.length,
  );
}

const context = { now: '2026-05-04T12:00:00.000Z', id: 'x-1', actor: 'ann' } as never;

/** An aggregate's state, and what its events have copied. */
export class Folding {
  readonly #aggregate: Aggregate;
  state: unknown;
  copied = 0;

  constructor(aggregate: Aggregate) {
    this.#aggregate = aggregate;
    this.state = aggregate.initialState();
  }

  take(event: { type: string; data: unknown }): void {
    const next = evolve(this.#aggregate, this.state, event);
    this.copied += copies(this.state, next);
    this.state = next;
  }

  /** What a command leads to, as the object does it. */
  execute(name: string, data: unknown): void {
    const decision = decideCommand(this.#aggregate, this.state, { name, data }, context);
    if ('outcome' in decision || decision.decision === 'rejected') {
      throw new Error(JSON.stringify(decision));
    }
    for (const event of decision.events) this.take(asStored(event));
  }
}
