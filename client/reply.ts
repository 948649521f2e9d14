/** A complete response. */
export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** The parsed JSON. */
  readonly body: unknown;
}
