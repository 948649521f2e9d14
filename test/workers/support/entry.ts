/** The reference app's Worker with aggregates that try it beside its own, and faults around its platform. */
import { defineApp } from '../../../core/app.ts';
import { app } from '../../../domain/app.ts';
import { pinging, ponging } from './circle.ts';
import { copying } from './copying.ts';
import { faultyPlatform } from './faults.ts';
import { heldLedge } from './held-ledge.ts';
import { keeper } from './keeper.ts';
import { postponing } from './postponing.ts';
import { reminding } from './reminding.ts';
import { scheduling } from './scheduling.ts';
import { troublesome } from './troublesome.ts';

/** Without reactors and sagas: orders stay as the tests left them. */
export const testApp = defineApp({
  aggregates: [...app.aggregates, troublesome, keeper],
  projections: app.projections,
});

export const sagaApp = defineApp({
  ...testApp,
  reactors: app.reactors ?? [],
  sagas: [...(app.sagas ?? []), copying, pinging, ponging, reminding],
});

/** With what only the tests of timers command: no other test's requests reach it. */
export const timersApp = defineApp({
  ...sagaApp,
  aggregates: [...sagaApp.aggregates, scheduling],
  sagas: [...(sagaApp.sagas ?? []), postponing],
});

const {
  AggregateObject: _sagaless,
  LiveObject,
  RebuildObject,
  ...worker
} = heldLedge(testApp, faultyPlatform);
/** The objects know sagas too: it is the Worker that tells them nothing. */
const { AggregateObject } = heldLedge(timersApp, faultyPlatform);

export { AggregateObject, LiveObject, RebuildObject, worker };
export default worker;
