/**
 * A Live object's registration for a projection's rows of a tenant: a batch that changes such rows notifies the object.
 */
export interface Watch {
  readonly tenant: string;
  readonly projection: string;
  /** Which of the tenant's Live objects. */
  readonly shard: number;
  /** New for each registration, so that removing an old one cannot remove its successor. */
  readonly registration: string;
}
