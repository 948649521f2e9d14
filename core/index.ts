/**
 * The package `ledge`: everything that defines an app. The types below the functions are those that an app's own
 * declarations name, so that it compiles with `declaration: true`.
 */
export {
  type Aggregate,
  type AggregateDefinition,
  defineAggregate,
  type ReasonOf,
  type SnapshotPolicy,
} from './aggregate.ts';
export { type App, defineApp } from './app.ts';
export {
  type Accepted,
  accept,
  type Context,
  cancel,
  type Decision,
  later,
  type Rejected,
  reject,
  schedule,
  type Timer,
} from './decision.ts';
export {
  type CancelTimeout,
  cancelTimeout,
  compensate,
  compensated,
  complete,
  type Effect,
  type Enter,
  fail,
  type NeedAttention,
  needAttention,
  proceed,
  type Reacted,
  type RetryPolicy,
  resume,
  type Send,
  type StartTimeout,
  send,
  startTimeout,
} from './effect.ts';
export {
  type EventDefinition,
  type EventDefinitions,
  type EventMetadata,
  type EventOf,
  event,
  type RecordedEvent,
} from './event.ts';
export { idOf, textOf } from './id-of.ts';
export type { Json } from './json.ts';
export {
  emptyMap,
  entriesOf,
  getEntry,
  hasEntry,
  keysOf,
  mapOf,
  type PersistentMap,
  withEntry,
  withoutEntry,
} from './persistent-map.ts';
export {
  defineProjection,
  type ListedRow,
  type NamedQuery,
  type Projection,
  type ProjectionDefinition,
  type Select,
  type Selecting,
} from './projection.ts';
export { command, defineReactor, type Reaction, type Reactor } from './reactor.ts';
export type { ColumnChanges, RowChange, RowChanges } from './row-change.ts';
export { defineSaga, type Saga } from './saga.ts';
export { type Doing, defineSteps, doing, type Step } from './saga-steps.ts';
export { type Columns, type NewRow, type Row, type TableDefinition, table } from './table.ts';
