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

/** The notification of a Live object after rows that it watches have changed. */
export interface LiveNotification extends Watch {
  /** The changed rows, by `rowId`; left out: any of the projection's rows may have changed. */
  readonly rows?: readonly string[];
  /** A session of D1 that begins with it sees the changes; left out: only the primary surely has them. */
  readonly bookmark?: string;
}
