/**
 * The operations of a tenant's operators and administrators: a stream of Ledge's own for each day, `ledge.audit/{day}`.
 * An operation is recorded before it is done and again after it; one without an end is a finding.
 */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';

export const requestedOperation = z.strictObject({
  /** Joins both events of an operation. */
  request: z.string(),
  /** A method and a route's pattern. */
  operation: z.string(),
  /** The path: what the operation was done to. */
  target: z.string(),
  reason: z.string().nullable(),
  /** The key or the function that authenticated the caller. */
  credential: z.string(),
});

export const doneOperation = z.strictObject({
  request: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  /** Of the HTTP response. */
  status: z.int(),
});

export const auditTrail = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}audit`,
  events: { OperationRequested: event(requestedOperation), OperationDone: event(doneOperation) },
  commands: { RequestOperation: requestedOperation, EndOperation: doneOperation },
  /** The events are the trail. */
  initialState: () => null,
  evolve: { OperationRequested: (state) => state, OperationDone: (state) => state },
  decide: {
    RequestOperation: (data) => accept({ type: 'OperationRequested', data }),
    EndOperation: (data) => accept({ type: 'OperationDone', data }),
  },
});
