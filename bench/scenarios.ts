/** What is measured, against which bare variants, and how near to the best of them it shall come. */
import type { Contender } from './figures.ts';
import type { Requests } from './load.ts';
import { bulkAppend } from './measures/bulk-append.ts';
import { catchUp } from './measures/catch-up.ts';
import { coldCommand } from './measures/cold-command.ts';
import { fanOut } from './measures/fan-out.ts';
import {
  fillAccounts,
  fillAccountsDirectly,
  fillByCommands,
  fillByKeylessCommands,
  fillDirectly,
} from './measures/fill.ts';
import { fillByPublishing, fillRows, groupConsumption } from './measures/group-consumption.ts';
import { lag } from './measures/lag.ts';
import { bareRebuild, rebuild } from './measures/rebuild.ts';
import { EVENTS_EACH, sagaCompletion, sagasPerSecond } from './measures/saga.ts';
import { storedBytes } from './measures/stored-bytes.ts';
import { underLoad } from './measures/under-load.ts';
import { webhookDelivery } from './measures/webhook-delivery.ts';
import { acceptedByLines, acceptedInTotal } from './requests.ts';
import {
  bareCall,
  bareExecute,
  bareFill,
  bareFold,
  bareFoldAccounts,
  bareHandingOn,
  bareJournal,
  bareNoop,
  bareRow,
  book,
  limitAlarm,
  limitEager,
  limitHeld,
  limitKept,
  limitLive,
  ours,
  oursClosed,
  oursHeld,
  oursKept,
  oursKeyed,
  publishing,
  type Side,
  shortBook,
  threeSteps,
} from './sides.ts';
import type { Running } from './start-side.ts';

export interface Scenario {
  readonly name: string;
  readonly unit: Unit;
  readonly target: Target;
  readonly ours: Contender;
  /** The best of them is the limit. */
  readonly limits: readonly Contender[];
}

type Unit = `${'requests' | 'commands' | 'events' | 'sagas' | 'messages'}/s` | 'ms' | 'bytes/event';

/** Of ours / limit. */
export type Target = { readonly atLeast: number } | { readonly atMost: number };

const hot: Requests = {
  kind: 'command',
  products: 1,
  status: 200,
  commandsEach: 1,
  eventsEach: 1,
  eventsOnce: 0,
};
const warm: Requests = { ...hot, products: 1_000 };
const fresh: Requests = { ...hot, kind: 'fresh', products: 0 };
const batched: Requests = { ...hot, kind: 'batch', commandsEach: 100, eventsEach: 100 };
const repeated: Requests = { ...hot, kind: 'repeated', eventsEach: 0, eventsOnce: 1 };

const perSecond = { unit: 'commands/s', target: { atLeast: 0.75 } } as const;
const held = { unit: 'commands/s', target: { atLeast: 0.55 } } as const;

/** The last snapshot of `kept-book`, which makes one every 1,000 events, is then 500 events old. */
const longBook = { aggregate: 'book', events: 100_500, fill: fillByCommands } as const;
const keptBook = { ...longBook, aggregate: 'kept-book' } as const;

/** Twice what a product with 10,000 orders has. */
const growingBook = { aggregate: 'growing-book', events: 40_000 } as const;

const commands: readonly Scenario[] = [
  { name: 'hot-aggregate', ...perSecond, ...against(hot, ours, limitEager, limitAlarm) },
  { name: 'hot-aggregate/relay-held', ...perSecond, ...against(hot, oursHeld, limitHeld) },
  {
    name: 'hot-aggregate/with-key',
    unit: 'commands/s',
    target: { atLeast: 0.97 },
    ...against(hot, oursKeyed, oursHeld),
  },
  { name: 'warm-aggregates', ...perSecond, ...against(warm, ours, limitEager, limitAlarm) },
  { name: 'warm-aggregates/relay-held', ...perSecond, ...against(warm, oursHeld, limitHeld) },
  { name: 'fresh-aggregates', ...perSecond, ...against(fresh, ours, limitEager, limitAlarm) },
  { name: 'batch-of-100', ...held, ...against(batched, ours, limitEager, limitAlarm) },
  {
    name: 'batch-of-100/relay-held',
    ...held,
    ...against(batched, oursHeld, limitHeld, bareExecute),
  },
  {
    name: 'repeated-command',
    unit: 'commands/s',
    target: { atLeast: 0.7 },
    ...against(repeated, ours, limitHeld),
  },
];

const refusals: readonly Scenario[] = [
  refusal('refused/401-closed', oursClosed, 'repeated', 401),
  refusal('refused/400-invalid', ours, 'invalid', 400),
  refusal('refused/413-oversized', ours, 'oversized', 413),
];

const coldCommands: readonly Scenario[] = [
  {
    name: 'cold-command/100k-events',
    unit: 'ms',
    target: { atMost: 2 },
    ours: coldCommand(book, longBook),
    limits: [coldCommand(bareFold, { ...longBook, fill: fillDirectly })],
  },
  {
    name: 'cold-command/snapshot',
    unit: 'ms',
    target: { atMost: 1.3 },
    ours: coldCommand(book, keptBook),
    limits: [coldCommand(shortBook, { ...longBook, events: 10 })],
  },
  {
    name: 'cold-command/growing-state',
    unit: 'ms',
    target: { atMost: 4 },
    ours: coldCommand(book, { ...growingBook, fill: fillAccounts }),
    limits: [coldCommand(bareFoldAccounts, { ...growingBook, fill: fillAccountsDirectly })],
  },
];

const bulk: readonly Scenario[] = [
  bulkScenario('bulk-append/one-stream', 1, ours, [limitEager]),
  bulkScenario('bulk-append/1000-streams', 1_000, ours, [limitEager]),
  bulkScenario('bulk-append/one-stream/relay-held', 1, oursHeld, [bareExecute]),
  bulkScenario('bulk-append/1000-streams/relay-held', 1_000, oursHeld, [bareExecute]),
];

const storage: readonly Scenario[] = [
  {
    name: 'stored-bytes',
    unit: 'bytes/event',
    target: { atMost: 2.5 },
    ours: storedBytes(book, fillByCommands),
    limits: [storedBytes(bareFill, fillDirectly)],
  },
  {
    name: 'stored-bytes/without-keys',
    unit: 'bytes/event',
    target: { atMost: 2.5 },
    ours: storedBytes(book, fillByKeylessCommands),
    limits: [storedBytes(bareFill, fillDirectly)],
  },
];

const reads: readonly Scenario[] = [
  reading('query/by-id', { kind: 'row' }, bareRow, 0.9),
  reading('query/unchanged', { kind: 'unchanged', products: 1, status: 304 }, bareRow, 0.9),
  reading('query/state', { kind: 'state' }, bareCall, 0.9),
];

const projecting: readonly Scenario[] = [
  {
    name: 'catch-up/one-stream',
    unit: 'events/s',
    target: { atLeast: 0.65 },
    ours: catchUp(oursKept, 1),
    limits: [catchUp(limitKept, 1)],
  },
  {
    name: 'catch-up/1000-streams',
    unit: 'events/s',
    target: { atLeast: 0.65 },
    ours: catchUp(oursKept, 1_000),
    limits: [catchUp(limitKept, 1_000)],
  },
  {
    name: 'rebuild',
    unit: 'events/s',
    target: { atLeast: 0.1 },
    ours: rebuild(ours),
    limits: [bareRebuild(bareJournal)],
  },
  {
    name: 'visible',
    unit: 'ms',
    target: { atMost: 1.5 },
    ours: lag(ours),
    limits: [lag(limitEager), lag(limitAlarm)],
  },
];

const live: readonly Scenario[] = [
  {
    name: 'live/one-socket',
    unit: 'ms',
    target: { atMost: 1.3 },
    ours: fanOut(ours, 1),
    limits: [fanOut(limitLive, 1)],
  },
  {
    name: 'live/1000-sockets',
    unit: 'ms',
    target: { atMost: 1.3 },
    ours: fanOut(ours, 1_000),
    limits: [fanOut(limitLive, 1_000)],
  },
];

/** A command's lag is the least that a step takes. */
const sagas: readonly Scenario[] = [
  {
    name: 'saga/three-steps',
    unit: 'ms',
    target: { atMost: 1.5 },
    ours: sagaCompletion(threeSteps),
    limits: [lag(limitEager, 3), lag(limitAlarm, 3)],
  },
  {
    name: 'saga/per-second',
    unit: 'sagas/s',
    target: { atLeast: 0.5 },
    ours: sagasPerSecond(threeSteps),
    limits: [perSaga(underLoad(limitEager, fresh)), perSaga(underLoad(limitAlarm, fresh))],
  },
];

/**
 * The limits go through neither queue nor D1: they are the least that a request and a lease take. The targets are goals as
 * ratios, a webhook in 50 ms where the bare one takes 5, and 2,000 messages a second where bare rows are 20,000.
 */
const integration: readonly Scenario[] = [
  {
    name: 'webhook/delivered',
    unit: 'ms',
    target: { atMost: 10 },
    ours: webhookDelivery(publishing, true),
    limits: [webhookDelivery(bareHandingOn, false)],
  },
  {
    name: 'group/eight-consumers',
    unit: 'messages/s',
    target: { atLeast: 0.1 },
    ours: groupConsumption(publishing, fillByPublishing),
    limits: [groupConsumption(bareHandingOn, fillRows)],
  },
];

export const scenarios = [
  ...commands,
  ...refusals,
  ...coldCommands,
  ...bulk,
  ...storage,
  ...projecting,
  ...reads,
  ...sagas,
  ...live,
  ...integration,
];

/**
 * The limit against itself. How far its ratios are from 1 is what this machine's noise is worth.
 */
export const selfScenarios = scenarios.map((scenario) => ({
  ...scenario,
  ours: scenario.limits[0] ?? scenario.ours,
}));

/** A bare answer to what every Worker answers: the run's calibration. */
export function calibration(side: Side): Contender {
  return underLoad(side, { ...hot, kind: 'health', products: 0, eventsEach: 0 });
}

/** As many commands as a saga has events, each to an aggregate of its own. */
function perSaga({ side, measure }: Contender): Contender {
  const measureEach = async (running: Running) => {
    const figures = await measure(running);
    return { ...figures, value: figures.value / EVENTS_EACH };
  };
  return { side, measure: measureEach };
}

/** The same requests for all. */
function against(requests: Requests, side: Side, ...limits: readonly Side[]) {
  return {
    ours: underLoad(side, requests),
    limits: limits.map((limit) => underLoad(limit, requests)),
  };
}

/** Many lines in few requests, side by side where they are of several streams. */
function bulkScenario(
  name: string,
  streams: number,
  side: Side,
  limits: readonly Side[],
): Scenario {
  return {
    name,
    unit: 'events/s',
    target: { atLeast: 0.55 },
    ours: bulkAppend(side, { streams, accepted: acceptedByLines }),
    limits: limits.map((limit) => bulkAppend(limit, { streams, accepted: acceptedBy(limit) })),
  };
}

/** Of the bare platform's sides one says the number alone. */
function acceptedBy(limit: Side): (answer: string) => number {
  return limit === bareExecute ? acceptedInTotal : acceptedByLines;
}

/** A read of one of many, against the platform's least for it. */
function reading(
  name: string,
  asked: Pick<Requests, 'kind'> & Partial<Requests>,
  limit: Side,
  atLeast: number,
): Scenario {
  const requests = { ...warm, products: 100, eventsEach: 0, ...asked };
  return {
    name,
    unit: 'requests/s',
    target: { atLeast },
    ours: underLoad(ours, requests),
    limits: [underLoad(limit, { ...requests, status: 200 })],
  };
}

/** What the Worker refuses on its own, against a Worker that answers without reading. */
function refusal(name: string, side: Side, kind: Requests['kind'], status: number): Scenario {
  const requests = { ...hot, kind, products: 0, eventsEach: 0 };
  return {
    name,
    unit: 'requests/s',
    target: { atLeast: 0.6 },
    ours: underLoad(side, { ...requests, status }),
    limits: [underLoad(bareNoop, requests)],
  };
}
