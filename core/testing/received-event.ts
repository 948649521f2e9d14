/** Events of other aggregates as reactors and sagas receive them, for the test kits. */

import type { Aggregate } from '../aggregate/aggregate.ts';
import { type RecordedEvent, readEvent } from '../aggregate/event.ts';
import { streamName } from '../aggregate/stream.ts';
import { type PastEvent, storedAs } from './past-event.ts';

/** An event that a saga or a reactor receives. */
export type ReceivedEvent<Source extends Aggregate> = PastEvent<Source> & {
  readonly aggregate: Source;
  readonly id: string;
  /** Its version in its stream; left out: the next one. */
  readonly version?: number;
};

/** The event in the form that reactors and sagas receive. */
export function recordedAs<Source extends Aggregate>(
  event: ReceivedEvent<Source>,
  now: string,
): RecordedEvent {
  const { aggregate, id, version = 1 } = event;
  const stream = streamName({ aggregate: aggregate.name, id });
  const named = `${stream}@${version}`;
  return readEvent(aggregate.events, {
    ...storedAs(aggregate, event),
    id: named,
    tenant: 'main',
    stream,
    version,
    recordedAt: now,
    occurredAt: now,
    metadata: { actor: 'tester', commandId: named, causationId: named, correlationId: named },
  });
}
