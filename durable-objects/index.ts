/** The exports of the objects for the Worker. */
export type { ActionRange } from './aggregate/actions/action-table.ts';
export { type AggregateObjectParts, aggregateObject } from './aggregate/aggregate-object.ts';
export type { EventRange, StreamEventPage } from './aggregate/event-log.ts';
export type { HistoryPage, HistoryRange } from './aggregate/history.ts';
export type { AggregateState } from './aggregate/memory-image.ts';
export type { StreamJournalPage } from './aggregate/recovery/journal-walk.ts';
export type { JournalEnd, RecoveryRun } from './aggregate/recovery/recovery.ts';
export type { Unreadable } from './aggregate/state-access.ts';
export type { StoredSubjectKey } from './aggregate/subject-key.ts';
export type { StoredTimerPage, TimerRange } from './aggregate/timers.ts';
export type { ExportedPage, StreamPlace } from './aggregate/transfer/export-page.ts';
export type {
  ReleasedStream,
  RestoredPage,
  RestoreStep,
} from './aggregate/transfer/restore-page.ts';
export type { FeedSelection, ReadFeed } from './feed-reader/feed-page.ts';
export type { HeldCounts, ListedHold } from './feed-reader/held-streams.ts';
export type { LeasedMessage, MessageAnswer } from './group/group-desk.ts';
export {
  type GrantedConsumer,
  type GroupState,
  groupObject,
  type MessageRequest,
  type NewGroup,
  type ReceivedMessages,
  type Ungranted,
} from './group/group-object.ts';
export type { GroupPorts } from './group/ports.ts';
export type { GroupDefinition } from './group/stored-group.ts';
export { healthObject } from './health/health-object.ts';
export type { IncidentPage } from './health/incident-table.ts';
export type { HealthPorts } from './health/ports.ts';
export type { Dismissal } from './live/dismissal.ts';
export { liveObject } from './live/live-object.ts';
export type {
  GroupQuery,
  LivePorts,
  PreparedLiveQuery,
  ReadTicket,
  ReadWave,
  RefusedFrame,
  ResultRead,
  SubscribedQuery,
} from './live/ports.ts';
export { openingHeader } from './live/socket-caller.ts';
export type { UsedTicket } from './live/used-tickets.ts';
export type { ObjectClass } from './object-class.ts';
export type { Ports, ReactionOrigin, SentReaction } from './ports.ts';
export type { MeasuredPage } from './rebuild/build-pace.ts';
export { rebuildObject } from './rebuild/rebuild-object.ts';
export type { Delivery, SubscriptionPorts } from './subscription/ports.ts';
export type { NewSubscription } from './subscription/stored-subscription.ts';
export { type SubscriptionState, subscriptionObject } from './subscription/subscription-object.ts';
