/**
 * The state at a moment of the past. The object reads pages of events and executes commands in between; the Worker
 * folds them, with one page in memory.
 */
import { type Aggregate, fold } from '../../core/aggregate/aggregate.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import type { Moment } from '../../core/aggregate/moment.ts';
import { isEnd } from '../../core/aggregate/stream-end.ts';
import type { Json } from '../../core/values/json.ts';
import type { AggregateState, Unreadable } from '../../durable-objects/index.ts';
import type { AggregateStub } from '../runtime/env.ts';

/** What the object asks its state before it answers, if anything, and whether the answer is still awaited. */
export interface StateReader {
  readonly question: StateQuestion | undefined;
  readonly signal: AbortSignal;
}

type FactRow = readonly [version: number, type: string, schemaVersion: number, data: Json];

/**
 * Undefined for a version that the stream does not have.
 *
 * @throws the reason of the signal when the reader has disconnected
 */
export async function foldHistory(
  object: AggregateStub,
  aggregate: Aggregate,
  moment: Moment,
  { question, signal }: StateReader,
): Promise<AggregateState | Unreadable | undefined> {
  const range = { moment, stateVersion: aggregate.snapshots?.stateVersion };
  let page = await object.history(range, question);
  if (!page || page === 'unreadable') return page;
  let { version, state } = page.snapshot ?? { version: 0, state: aggregate.initialState() };
  const { head = { version: 0, type: '' } } = page;
  for (;;) {
    const facts: readonly FactRow[] = JSON.parse(page.facts);
    for (const [factVersion, type, schemaVersion, data] of facts) {
      state = fold(aggregate, state, [{ type, schemaVersion, data }]);
      version = factVersion;
    }
    if (page.after >= page.upTo) {
      const isEnded = version === head.version && isEnd(aggregate, head.type);
      return { version, state, ...(isEnded && { ended: true }) };
    }
    signal.throwIfAborted();
    const { after, upTo } = page;
    release(page);
    page = await object.history({ ...range, rest: { after, upTo } }, question);
    if (page === 'unreadable') return page;
    if (!page) throw new Error('A stream has lost its end.');
  }
}

/** An RPC result is kept on both sides until it is disposed of, or collected much later. */
function release(answer: object): void {
  const dispose: unknown = Reflect.get(answer, Symbol.dispose);
  if (typeof dispose === 'function') dispose.call(answer);
}
