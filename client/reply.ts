/** A whole answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** What the JSON says. */
  readonly body: unknown;
}
