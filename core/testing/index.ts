/**
 * The kit for testing a domain, in any test runner: no mocks, no database, no clock. A failed expectation throws an
 * Error that shows the difference.
 */
export { given } from './given.ts';
export { type ActionFailureStory, type ActionStory, givenAction } from './given-action.ts';
export { givenInbound, type InboundStory } from './given-inbound.ts';
export { givenPublication, type PublicationStory } from './given-publication.ts';
export { givenReactor, type ReactorStory } from './given-reactor.ts';
export { givenRows, type RowsStory } from './given-rows.ts';
export { givenSaga, type SagaStory } from './given-saga.ts';
export { givenSchedule, type ScheduleStory } from './given-schedule.ts';
export type { FastCheck } from './laws/arbitrary-of.ts';
export {
  type Arbitraries,
  type CommandHistory,
  type HistoryCommand,
  historiesOf,
} from './laws/command-history.ts';
export type { Law } from './laws/law.ts';
export { lawsOf } from './laws/laws-of.ts';
export { TEST_MOMENT } from './past-event.ts';
export { type ProjectedEvent, project } from './project.ts';
export type { ReceivedEvent } from './received-event.ts';
export { principal, type TestPrincipal } from './test-principal.ts';
