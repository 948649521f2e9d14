/**
 * The kit for testing a domain, in any test runner: no mocks, no database, no clock. What is expected and does not
 * happen throws an Error that shows the difference.
 */
export { given } from './testing/given.ts';
export { givenReactor, type Reacting } from './testing/given-reactor.ts';
export { givenSaga, type SagaStory } from './testing/given-saga.ts';
export type { HeardEvent } from './testing/heard-event.ts';
export { TEST_MOMENT } from './testing/past-event.ts';
export { project, type ToldEvent } from './testing/project.ts';
