/** The read model of all sagas of an app, derived from the transitions that their events record. */

import { integer, text } from 'drizzle-orm/sqlite-core';
import type { RecordedEvent } from '../aggregate/event.ts';
import { defineProjection } from '../projection/define-projection.ts';
import type { Projection } from '../projection/projection.ts';
import type { RowChange, RowChanges } from '../projection/row-change.ts';
import { table } from '../projection/table.ts';
import type { Saga } from './saga.ts';
import { type SagaTransition, sagaStatuses } from './saga-events.ts';

const columns = {
  saga: text().notNull(),
  id: text().notNull(),
  status: text({ enum: sagaStatuses }).notNull(),
  reason: text(),
  /** The version of the definition that it uses; 0 before its start. */
  definition: integer().notNull(),
  /** The newest version of its own stream. */
  version: integer().notNull(),
  /** The correlation id of the event that created it. */
  correlationId: text('correlation_id').notNull(),
  startedAt: text('started_at').notNull(),
  changedAt: text('changed_at').notNull(),
};

const sagas = table(columns, {
  key: ['saga', 'id'],
  filters: [
    { column: 'id', scan: true },
    { column: 'status', scan: true },
    { column: 'correlationId', scan: true },
    { column: 'startedAt', scan: true },
    { column: 'changedAt', scan: true },
  ],
  sorts: [
    { column: 'id', scan: true },
    { column: 'startedAt', scan: true },
    { column: 'changedAt', scan: true },
  ],
});

interface Tables {
  readonly sagas: RowChanges<typeof columns, 'saga' | 'id'>;
}

/** One per list of sagas: readers cache what they derive from its tables. */
const made = new WeakMap<readonly Saga[], Projection>();

/**
 * The status of every saga of an app, as a read model. Every app with sagas has it, and it is built, rebuilt and
 * verified like the app's own projections. The events of a saga contain its status, so that nothing is derived here.
 */
export function sagaList(ofApp: readonly Saga[]): Projection {
  const list = made.get(ofApp) ?? listOf(ofApp);
  made.set(ofApp, list);
  return list;
}

function listOf(ofApp: readonly Saga[]): Projection {
  const handlers = {
    EventKept: kept,
    EventReceived: moved,
    EffectSettled: moved,
    EffectRetried: moved,
    TimeoutPassed: moved,
    Operated: moved,
    Continued: moved,
    StartIgnored: ignored,
  };
  return defineProjection({
    name: 'sagas',
    version: 1,
    from: ofApp.map(({ aggregate }) => aggregate),
    tables: { sagas },
    on: Object.fromEntries(ofApp.map(({ name }) => [name, handlers])),
  });
}

function kept(event: RecordedEvent, tables: Tables): RowChange {
  return statusRow(event, { status: 'waiting', reason: null, definition: 0 }, tables);
}

function moved(
  event: RecordedEvent<string, { readonly transition: SagaTransition }>,
  tables: Tables,
): RowChange {
  const { reason, attention, ...progress } = event.data.transition;
  return statusRow(event, { ...progress, reason: reason ?? attention }, tables);
}

function ignored(
  { aggregate: saga, aggregateId: id, version, recordedAt }: RecordedEvent,
  { sagas }: Tables,
): RowChange {
  return sagas.patch({ saga, id }, { set: { version, changedAt: recordedAt } });
}

function statusRow(
  { aggregate: saga, aggregateId: id, version, recordedAt, metadata }: RecordedEvent,
  { status, reason, definition }: Pick<SagaTransition, 'status' | 'reason' | 'definition'>,
  { sagas }: Tables,
): RowChange {
  const progress = { status, reason, definition, version, changedAt: recordedAt };
  if (version > 1) return sagas.patch({ saga, id }, { set: progress });
  const { correlationId } = metadata;
  return sagas.insert({ saga, id, correlationId, startedAt: recordedAt, ...progress });
}
