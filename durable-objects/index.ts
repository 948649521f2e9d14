/** The door: what the Worker may know of the objects. */
export { aggregateObject } from './aggregate/aggregate-object.ts';
export type { EventPage, EventRange } from './aggregate/event-log.ts';
export type { AggregateState } from './aggregate/memory-image.ts';
export type { TimerPage, TimerRange } from './aggregate/timers.ts';
export { liveObject } from './live/live-object.ts';
export type { LivePorts, LiveQuery, WantedQuery } from './live/ports.ts';
export type { Ports } from './ports.ts';
export { rebuildObject } from './rebuild/rebuild-object.ts';
