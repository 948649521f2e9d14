/** The product's runtime with a publication: each command marks, and each mark is a public event. Projects nothing. */
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import { definePublication } from '../../core/publication/define-publication.ts';
import { publicEvent } from '../../core/publication/public-event.ts';
import { ledge } from '../../worker/ledge.ts';

const mark = z.strictObject({ note: z.string() });

const marker = defineAggregate({
  name: 'marker',
  events: { Marked: event(mark) },
  commands: { Mark: mark },
  initialState: () => ({}),
  evolve: { Marked: (state) => state },
  decide: { Mark: (data) => accept({ type: 'Marked', data }) },
});

const marks = definePublication({
  name: 'marks',
  from: [marker],
  events: { 'marks.marked': publicEvent(mark, { version: 1 }) },
  on: { marker: { Marked: ({ data }, publish) => publish('marks.marked', data) } },
});

const app = defineApp({ aggregates: [marker], projections: [], publications: [marks] });
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
