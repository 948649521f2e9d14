/** Parts of operators' answers that most tests of the command line have no interest in. */
import type { KnownIncident } from '../../../core/failures/incident.ts';
import type { UndeliveredStreams } from '../../../core/failures/incident-shapes.ts';

export const nothingUndelivered: UndeliveredStreams = {
  streams: 0,
  events: 0,
  oldestAt: null,
  timers: 0,
  actions: 0,
  restored: 0,
  subscriptions: 0,
  schedules: 0,
  groups: 0,
  unlisted: 0,
  incidents: [],
};

const at = '2026-11-21T10:00:00.000Z';

/** Of a stream of which the journal lacks events since the database is full. */
export function fullDatabase(settledVersion: number | null): KnownIncident {
  return {
    ...{ tenant: 'main', stream: 'order/o-9', kind: 'delivery', version: 2, settledVersion },
    ...{ cause: 'D1 is full.', remedy: 'Make room.' },
    ...{ firstSeenAt: at, lastSeenAt: at, reports: 1 },
  };
}

/** What `/v1/projections` answers. */
export function projectionList(...projections: readonly object[]): object {
  const database = { name: 'DB', bytes: 4_096, limitBytes: 10_000_000_000, warning: null };
  return { projections, undelivered: nothingUndelivered, database, databases: [database] };
}
