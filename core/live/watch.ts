/** That a Live object follows a projection's rows for a tenant: a batch that commits some notifies it. */
export interface Watch {
  readonly tenant: string;
  readonly projection: string;
  /** Which of the tenant's Live objects. */
  readonly shard: number;
  /** Made anew whenever the object begins to watch, so that an old one cannot be forgotten in the new one's place. */
  readonly registration: string;
}
