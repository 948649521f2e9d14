/** What the rest of an app makes of an event of one of its aggregates: projections, reactors, publications, sagas that it starts. */
import type { Aggregate } from '../../aggregate/aggregate.ts';
import type { RecordedEvent, StoredEvent } from '../../aggregate/event.ts';
import { type App, allProjections, allReactors, publicationsOf, recordedEvent } from '../../app.ts';
import { TEST_MOMENT } from '../past-event.ts';

export type Fact = Pick<StoredEvent, 'type' | 'schemaVersion' | 'version' | 'data'>;

/**
 * Handlers get the event frozen, as in the product: one that changes it throws.
 *
 * @throws what a handler throws, and Error when the stored event is another one afterwards
 */
export function handleEverywhere(app: App, aggregate: Aggregate, fact: Fact): void {
  const stored = storedEvent(aggregate, fact);
  const text = JSON.stringify(stored);
  handle(app, recordedEvent(app, stored));
  if (JSON.stringify(stored) !== text) throw new Error(`${fact.type} was changed by a handler.`);
}

function handle(app: App, event: RecordedEvent): void {
  const follows = ({ sources }: { readonly sources: readonly string[] }) =>
    sources.includes(event.aggregate);
  for (const projection of allProjections(app).filter(follows)) projection.handle(event);
  for (const reactor of allReactors(app).filter(follows)) reactor.react(event);
  for (const publication of publicationsOf(app).filter(follows)) publication.publish(event);
  for (const { logics } of app.sagas ?? []) {
    for (const logic of logics) {
      const started = logic.start(event);
      if (started) logic.react(event, started.state);
    }
  }
}

function storedEvent({ name }: Aggregate, fact: Fact): StoredEvent {
  const id = `${name}/a@${fact.version}`;
  return {
    ...fact,
    id,
    tenant: 'main',
    stream: `${name}/a`,
    recordedAt: TEST_MOMENT,
    occurredAt: TEST_MOMENT,
    metadata: { actor: 'tester', commandId: id, causationId: id, correlationId: id },
  };
}
