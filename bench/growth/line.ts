/** What `npm run growth` finds out. */

export interface Growth {
  readonly events: number;
  readonly filledPerSecond: number;
  readonly fedPerSecond: number;
  readonly builtPerSecond: number;
  readonly verifiedPerSecond: number;
  readonly sealed: number;
  /** The most that D1's file had at the end of a tick, and what it had in the end. */
  readonly bytesMax: number;
  readonly bytes: number;
  /** Events that the feed did not have. */
  readonly missing: number;
  readonly beside: BesideBuild;
}

export interface BesideBuild {
  readonly command: Beside;
  readonly query: Beside;
  readonly builtSeconds: number;
}

export interface Beside {
  readonly quiet: Waits;
  readonly building: Waits;
}

/** In milliseconds. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
}

/** As a run writes it. Runs before the newest one have nothing beside a build. */
export type GrowthLine = Omit<Growth, 'beside'> &
  Partial<Pick<Growth, 'beside'>> & {
    readonly node: string;
    readonly workerd: string;
    readonly cpus: number;
    readonly at: string;
  };
