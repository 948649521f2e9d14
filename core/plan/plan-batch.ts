/** Merges the plans of many streams into what one D1 batch writes. */

import type { StoredEvent } from '../aggregate/event.ts';
import { foldChanges, zipLayers } from '../projection/fold-changes.ts';
import type { RowChange } from '../projection/row-change.ts';
import type { CheckpointMove, StreamPlan } from './plan-stream.ts';

/** A row change with its tenant: it can be written. */
export interface TenantRowChange {
  readonly tenant: string;
  readonly change: RowChange;
}

/** The plans of many streams merged: what one D1 batch writes. */
export interface BatchPlan {
  readonly steps: readonly StreamPlan[];
  /** Applied in order; within a layer no two changes touch the same row. */
  readonly layers: readonly (readonly TenantRowChange[])[];
}

export function planBatch(plans: readonly StreamPlan[]): BatchPlan {
  const steps = plans.filter(
    ({ moves, parked, stalled }) => parked.length > 0 || stalled.length > 0 || moves.some(isMoving),
  );
  return { steps, layers: layersOf(steps.flatMap(tenantChanges)) };
}

/** The events that the batch brings into the journal. */
export function journalOf({ steps }: Pick<BatchPlan, 'steps'>): StoredEvent[] {
  return steps.flatMap(({ moves }) => moves.flatMap(({ journal }) => journal));
}

function isMoving({ read, next }: CheckpointMove): boolean {
  return next > read;
}

function tenantChanges({ position, moves }: StreamPlan): TenantRowChange[] {
  return moves.flatMap(({ changes }) =>
    changes.map((change) => ({ tenant: position.tenant, change })),
  );
}

/** Folds each tenant's changes, so that a row is written once where that is possible. */
export function layersOf(changes: readonly TenantRowChange[]): TenantRowChange[][] {
  const perTenant = Map.groupBy(changes, ({ tenant }) => tenant);
  return zipLayers(
    [...perTenant].map(([tenant, own]) =>
      foldChanges(own.map(({ change }) => change)).map((layer) =>
        layer.map((change) => ({ tenant, change })),
      ),
    ),
  );
}
