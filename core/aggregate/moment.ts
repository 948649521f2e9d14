/**
 * A point in a stream's past: at a version, by the time of recording, or by the time at which things happened in the
 * world. Times are ISO 8601 in UTC and inclusive.
 */
export type Moment =
  | { readonly version: number }
  | { readonly recordedBy: string }
  | { readonly occurredBy: string };
