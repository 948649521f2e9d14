/**
 * The package `ledge`: everything that defines an app. The types below the functions are those that an app's own
 * declarations name, so that it compiles with `declaration: true`.
 */
export type { RateClass, RoleLimits } from './access/caller-limits.ts';
export { type Access, defineAccess } from './access/define-access.ts';
export type { CommandRule, ReadRule, RoleGrants, RowRule } from './access/grants.ts';
export type {
  Action,
  ActionCall,
  ActionDone,
  ActionResult,
  ActionRetryPolicy,
  WantedRetry,
} from './action/action.ts';
export { defineAction, done, retry } from './action/define-action.ts';
export {
  type Aggregate,
  type AggregateDefinition,
  defineAggregate,
  type ReasonOf,
  type SnapshotPolicy,
} from './aggregate/aggregate.ts';
export {
  type AcceptedDecision,
  accept,
  type Context,
  cancel,
  type Decision,
  later,
  type RejectedDecision,
  reject,
  schedule,
  type Timer,
} from './aggregate/decision.ts';
export {
  type EventDefinition,
  type EventDefinitions,
  type EventMetadata,
  type EventOf,
  event,
  type RecordedEvent,
} from './aggregate/event.ts';
export { idOf, textOf } from './aggregate/id-of.ts';
export { type App, defineApp } from './app.ts';
export {
  type CapturedChange,
  type CapturedRow,
  type DebeziumMessages,
  debezium,
  isLater,
} from './inbound/debezium.ts';
export { defineInbound } from './inbound/define-inbound.ts';
export { type IgnoredMessage, type Inbound, ignore } from './inbound/inbound.ts';
export { plainCommand } from './inbound/plain-command.ts';
export {
  type BodySignature,
  type CallersCredential,
  credential,
  type HmacAlgorithm,
  hmac,
  type SignatureEncoding,
  type StandardWebhookSignature,
  standardWebhook,
  type Verification,
} from './inbound/verification.ts';
export {
  type CancelTimeout,
  cancelTimeout,
  compensate,
  compensated,
  complete,
  type Effect,
  type EnterPhase,
  type FailedEnd,
  fail,
  type NeedAttention,
  needAttention,
  proceed,
  resume,
  type SagaReaction,
  type SagaRetryPolicy,
  type Send,
  type StartTimeout,
  send,
  startTimeout,
} from './process/effect.ts';
export { command, defineReactor, type Reaction, type Reactor } from './process/reactor.ts';
export { defineSaga, type Saga } from './process/saga.ts';
export { action, type SagaStep, type StepAction } from './process/saga-step.ts';
export { defineSteps } from './process/saga-steps.ts';
export { defineProjection } from './projection/define-projection.ts';
export type { ListedRow, Projection, ProjectionDefinition } from './projection/projection.ts';
export type { NamedQuery, Select, SelectBuilder } from './projection/projection-query.ts';
export type { ColumnChanges, RowChange, RowChanges } from './projection/row-change.ts';
export {
  type Columns,
  type NewRow,
  type Row,
  type TableDefinition,
  table,
} from './projection/table.ts';
export { definePublication, type Publish } from './publication/define-publication.ts';
export {
  type PublicEventDefinition,
  type PublicEventDefinitions,
  type PublicEventVersions,
  publicEvent,
} from './publication/public-event.ts';
export type { Publication, PublicEvent } from './publication/publication.ts';
export { defineSchedule } from './schedule/define-schedule.ts';
export type { MissedPolicy, Schedule, ScheduleTick, TickTimes } from './schedule/schedule.ts';
export { personal } from './sealed/personal.ts';
export type { OpenColumn, PersonalColumn } from './sealed/personal-column.ts';
export type { PersonalSchema } from './sealed/personal-schema.ts';
export type { Sealed, Unsealed } from './sealed/sealed.ts';
export type { Json } from './values/json.ts';
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
} from './values/persistent-map.ts';
