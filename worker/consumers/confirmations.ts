/**
 * Confirms to the streams' objects what D1 has, so that their alarms need not ask D1. A confirmation that fails or is
 * lost costs a read of D1 and never an event, so it delays no message for long and retries none.
 */
import type { Log } from '../../core/failures/log-line.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import { streamKey } from '../projections/positions.ts';
import { type AdvanceResult, isSettled } from '../projections/projection-round.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { streamStub } from '../runtime/object-stubs.ts';

/** Our limit: the next batch of the queue waits this long for an object that hangs. */
const WAIT_MS_MAX = 1_000;

/** Those of one invocation: one call per stream. */
export class Confirmations {
  readonly #settled = new Map<string, AdvanceResult>();

  add(reached: Iterable<AdvanceResult>): void {
    for (const one of reached) {
      const known = this.#settled.get(streamKey(one))?.version ?? 0;
      if (isSettled(one) && one.version > known) this.#settled.set(streamKey(one), one);
    }
  }

  /** In parallel: an invocation has at most a hundred messages. Never rejects. */
  async send(env: LedgeEnv, log: Log): Promise<void> {
    const failures: unknown[] = [];
    const calls = [...this.#settled.values()].map(async ({ tenant, stream, version, eventId }) => {
      try {
        await streamStub(env, tenant, stream).confirm(version, eventId);
      } catch (error) {
        failures.push(error);
      }
    });
    const late = 'Not every object has answered in time.';
    await withDeadline(Promise.all(calls), WAIT_MS_MAX, late).catch((error: unknown) =>
      failures.push(error),
    );
    if (failures.length > 0) log('warn', { operation: 'confirm', error: failures[0] });
  }
}
