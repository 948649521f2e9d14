/**
 * What keeps a stream's events from the journal, or a timer of it from firing, in words for an operator. Incidents are
 * kept outside of D1 (durable-objects/health), so that they are known while D1 itself is what fails.
 */
export interface Incident {
  readonly tenant: string;
  readonly stream: string;
  /** `delivery`: events that the journal lacks. `timer/{id}`: a timer that cannot fire. */
  readonly kind: 'delivery' | `timer/${string}`;
  /** The newest version that is concerned: the stream's head for a delivery. */
  readonly version: number;
  /** How far the journal is known to be; null where D1 could not say. */
  readonly settledVersion: number | null;
  /** Why, in one sentence, with the platform's own words where it failed. Never event data. */
  readonly cause: string;
  /** What an operator can do about it, in one sentence. */
  readonly remedy: string;
}
