/** What operators do with a parked action of a stream. */
export const actionOperations = ['retry', 'skip'] as const;

export interface ActionOperation {
  readonly operation: (typeof actionOperations)[number];
  readonly action: string;
  /** Of the event. */
  readonly version: number;
  readonly actor: string;
}
