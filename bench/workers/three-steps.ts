/**
 * The product's runtime with a saga of three steps, each one command to an aggregate of its own: the least that a
 * saga can be and still go through objects, queue and reactors. Projects nothing but the list of sagas.
 */
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { command } from '../../core/process/reactor.ts';
import { action } from '../../core/process/saga-step.ts';
import { defineSteps } from '../../core/process/saga-steps.ts';
import { ledge } from '../../worker/ledge.ts';

const mark = z.strictObject({});

const marker = defineAggregate({
  name: 'marker',
  events: { Begun: event(mark), Marked: event(mark) },
  commands: { Begin: mark, Mark: mark },
  initialState: () => ({}),
  evolve: { Begun: (state) => state, Marked: (state) => state },
  decide: {
    Begin: () => accept({ type: 'Begun', data: {} }),
    Mark: () => accept({ type: 'Marked', data: {} }),
  },
});

function marking(id: string, step: string) {
  return [action(command(marker, `${id}-${step}`, 'Mark', {}))];
}

const threeSteps = defineSteps({
  name: 'three-steps',
  version: 1,
  from: [marker],
  correlate: { marker: { Begun: ({ aggregateId }) => aggregateId } },
  startedBy: { marker: { Begun: ({ aggregateId: id }) => ({ id }) } },
  steps: [
    { name: 'first', commands: ({ id }) => marking(id, 'first') },
    { name: 'second', commands: ({ id }) => marking(id, 'second') },
    { name: 'third', commands: ({ id }) => marking(id, 'third') },
  ],
});

const app = defineApp({ aggregates: [marker], projections: [], sagas: [threeSteps] });
const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app);

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};
export default worker;
