/**
 * The rate limits of a deployment, by the names of their bindings. The platform reads them from the wrangler
 * configuration and shows them to no code: they are here for the headers of a refusal, and `ledge check` compares.
 */
export interface RateLimitSetting {
  readonly quota: number;
  /** The platform takes 10 or 60. */
  readonly windowSeconds: 10 | 60;
}

/** Ours. The platform counts in each of its locations, approximately. */
export const rateLimits = {
  /** Refused credentials of an address. */
  RATE_DENIED: { quota: 20, windowSeconds: 60 },
  /** Requests of a principal of the class `low`. */
  RATE_LOW: { quota: 60, windowSeconds: 10 },
  /** Requests of a principal of the class `high`. */
  RATE_HIGH: { quota: 1_000, windowSeconds: 10 },
  /** Streams that a principal of the class `low` begins. */
  RATE_STREAMS: { quota: 30, windowSeconds: 60 },
} as const satisfies Readonly<Record<string, RateLimitSetting>>;

export type RateBinding = keyof typeof rateLimits;

// The keys are the names.
export const rateBindings = Object.keys(rateLimits) as readonly RateBinding[];
