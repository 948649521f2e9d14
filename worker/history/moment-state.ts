/** An aggregate's state at a moment: from its object, or folded from its events. */
import type * as z from 'zod';
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import type { AggregateState } from '../../durable-objects/index.ts';
import type { FoundAddress } from '../commands/prepare-command.ts';
import { type momentInput, momentOf } from '../http/moment-input.ts';
import type { AggregateStub } from '../runtime/env.ts';
import { foldHistory, type StateReader } from './fold-history.ts';

export const stateTooLarge: Failure = {
  outcome: 'too-large',
  what: 'state',
  limitBytes: PAGE_BYTES_MAX,
};

/** What no rule lets the caller read is answered like what is not there. */
export function unknownStream({ aggregate, id }: StreamAddress): Failure {
  return { outcome: 'unknown', what: aggregate, name: id };
}

/** The state at a moment, by default the current one; at version 0 the initial state. */
export async function momentState(
  object: AggregateStub,
  address: FoundAddress,
  input: z.output<typeof momentInput>,
  { question, signal }: StateReader,
): Promise<AggregateState | Failure> {
  const moment = momentOf(input);
  if (!moment) {
    const found = await object.currentState(question);
    if (found === 'unreadable') return unknownStream(address);
    return found.isTooLarge ? stateTooLarge : found;
  }
  const found = await foldHistory(object, address.found, moment, { question, signal });
  if (found === 'unreadable') return unknownStream(address);
  if (!found) return invalid('version', `${streamName(address)} has no version ${input.version}.`);
  return valueBytes(found.state) > PAGE_BYTES_MAX ? stateTooLarge : found;
}
