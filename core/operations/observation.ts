/** What the cron finds each minute, and what is kept of it outside of D1, in a health object. */
import type { FoundAlert, OpenAlert } from '../failures/alert-notices.ts';
import type { AlertName } from '../failures/alerts.ts';
import type { DatabaseSample } from './growth.ts';

export interface Observation {
  readonly found: readonly FoundAlert[];
  /** What could not be looked at. */
  readonly unknown: readonly AlertName[];
  /** The size of each database that could be read. */
  readonly sizes: readonly Omit<DatabaseSample, 'atMs'>[];
}

export interface KeptObservations {
  readonly alerts: readonly OpenAlert[];
  /** One a day and database, of the last month. */
  readonly sizes: readonly DatabaseSample[];
  /** Null: the cron has not run yet. */
  readonly observedAtMs: number | null;
}
