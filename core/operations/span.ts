/** The spans of the platform's tracing that Ledge adds, around the steps of an event's way. */

export type SpanName =
  | 'ledge.command'
  | 'ledge.relay'
  | 'ledge.consume'
  | 'ledge.project'
  | 'ledge.react';

/** Names of the code and numbers are written as they are; streams and correlation ids as the beginning of a hash. */
export interface SpanAttributes {
  readonly aggregate?: string;
  readonly command?: string;
  readonly reactor?: string;
  readonly messages?: number;
  readonly streams?: number;
  readonly stream?: string;
  /** Of the events: the platform joins no trace over a queue or an alarm, these do. */
  readonly correlations?: readonly (string | undefined)[];
}

/** Runs the work in a span. The attributes are computed after it returned, where the span is recorded. */
export type InSpan = <Result>(
  name: SpanName,
  attributes: () => SpanAttributes,
  work: () => Result,
) => Result;
