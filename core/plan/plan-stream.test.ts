import { text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { account, accounts, savings } from '../../test/controls/account.ts';
import { deposited, opened, storedEvent, withdrawn } from '../../test/controls/stored-events.ts';
import { type StoredEvent, UnknownEvent } from '../aggregate/event.ts';
import { type App, defineApp } from '../app.ts';
import { command, defineReactor } from '../process/reactor.ts';
import { defineProjection } from '../projection/define-projection.ts';
import { MemoryRows } from '../projection/memory-rows.ts';
import { table } from '../projection/table.ts';
import { planBatch } from './plan-batch.ts';
import {
  eventsAfter,
  isYoung,
  type PendingEvents,
  type PlanContext,
  planStream,
  positionAfter,
  SHARED_CHECKPOINT,
  smallerPlan,
} from './plan-stream.ts';
import type { Subscriber } from './projection-version.ts';

const stream = 'account/a-1';
const history = [
  opened(stream),
  deposited(stream, 2, 100),
  deposited(stream, 3, 20),
  withdrawn(stream, 4, 3),
  deposited(stream, 5, 1),
];

const versions = (events: readonly StoredEvent[]) => events.map(({ version }) => version);

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}

describe('the events after a version', () => {
  test('are the same for every order in which they can be delivered, once or twice', () => {
    for (const delivered of permutations(history)) {
      for (let version = 0; version <= 5; version++) {
        const rest = history.slice(version);
        expect(eventsAfter(version, delivered)).toEqual(rest);
        expect(eventsAfter(version, [...delivered, ...delivered])).toEqual(rest);
        expect(
          eventsAfter(
            version,
            delivered.flatMap((one) => [one, one]),
          ),
        ).toEqual(rest);
      }
    }
  });

  test('end before a gap, wherever it is', () => {
    for (let missing = 1; missing <= 5; missing++) {
      const delivered = history.filter(({ version }) => version !== missing).toReversed();
      const before = Array.from({ length: missing - 1 }, (_, index) => index + 1);
      expect(versions(eventsAfter(0, delivered))).toEqual(before);
    }
  });

  test('are none when nothing joins on', () => {
    expect(eventsAfter(0, [])).toEqual([]);
    expect(eventsAfter(5, history)).toEqual([]);
    expect(eventsAfter(9, history)).toEqual([]);
    expect(eventsAfter(0, history.slice(1))).toEqual([]);
  });
});

/** The savings app with one more projection, whose handler has a bug. */
const buggyProjection = defineProjection({
  name: 'buggy',
  version: 1,
  from: savings.aggregates,
  tables: { nothing: table({ id: text().notNull() }, { key: ['id'] }) },
  on: {
    account: {
      AccountOpened: (_event, { nothing }) => nothing.upsert({ id: 'opened' }, {}),
      Withdrawn: () => {
        throw new Error('cannot take it');
      },
    },
  },
});
const buggy = defineApp({ ...savings, projections: [accounts, buggyProjection] });

function planningFor(app: App, followers: readonly Subscriber[] = app.projections): PlanContext {
  return { app, followers, nowMs: LATER_MS };
}

/** Gives back what is withdrawn. */
const generous = defineReactor({
  name: 'generous',
  from: [account],
  on: {
    account: {
      Withdrawn: ({ aggregateId, data }) => command(account, aggregateId, 'Deposit', data),
    },
  },
});

/** Long after everything that the controls recorded. */
const LATER_MS = Date.parse('2100-01-01T00:00:00Z');

const start = { tenant: 'main', stream, version: 0, lagging: [] };

function shared(read: number, events: readonly StoredEvent[]): PendingEvents {
  return { generation: SHARED_CHECKPOINT, read, events };
}

describe('the plan of a stream', () => {
  test('goes from the checkpoint to the last event, with all that they change, in their order', () => {
    const position = { ...start, version: 1 };
    const { moves, parked } = planStream(planningFor(savings), position, [
      shared(1, history.slice(1)),
    ]);
    expect(moves).toMatchObject([{ generation: SHARED_CHECKPOINT, read: 1, next: 5 }]);
    expect(moves[0]?.journal).toEqual(history.slice(1));
    const kinds = moves[0]?.changes.map(({ table: { name }, kind }) => `${kind} ${name}`);
    const depositing = ['patch balances', 'upsert currencies'];
    expect(kinds).toEqual([...depositing, ...depositing, 'patch balances', ...depositing]);
    expect(parked).toEqual([]);
  });

  test('goes nowhere without events', () => {
    const plan = planStream(planningFor(savings), start, [shared(0, [])]);
    expect(plan.moves).toMatchObject([{ read: 0, next: 0, journal: [], changes: [] }]);
  });

  test('parks the event for a subscriber that cannot handle it; the others continue', () => {
    const plan = planStream(planningFor(buggy), start, [shared(0, history)]);
    expect(plan.moves).toMatchObject([{ read: 0, next: 5 }]);
    expect(plan.parked).toMatchObject([
      { generation: 'buggy@1', event: { version: 4 }, error: new Error('cannot take it') },
    ]);
    const without = planStream(planningFor(savings), start, [shared(0, history)]);
    const others = plan.moves[0]?.changes.filter(({ table: { name } }) => name !== 'nothing');
    expect(others).toEqual(without.moves[0]?.changes);
    expect(positionAfter(plan)).toMatchObject({
      version: 5,
      lagging: [{ generation: 'buggy@1', version: 3, parked: true }],
    });
  });

  test('calls a subscriber that has left the shared checkpoint no more, and parks once', () => {
    const lane = shared(0, [...history, withdrawn(stream, 6, 1)]);
    const { parked } = planStream(planningFor(buggy), start, [lane]);
    expect(parked).toMatchObject([{ generation: 'buggy@1', event: { version: 4 } }]);
  });

  test('does not call a subscriber that lags on this stream', () => {
    const lagging = [{ generation: 'buggy@1', version: 3, parked: true }];
    const position = { ...start, version: 3, lagging };
    const plan = planStream(planningFor(buggy), position, [shared(3, history.slice(3))]);
    expect(plan.parked).toEqual([]);
    expect(positionAfter(plan)).toMatchObject({ version: 5, lagging });
  });

  test('waits before an event that a newer deployment may know, and parks everybody when it is old', () => {
    const unknown = storedEvent({ stream, version: 3, type: 'Vanished', data: {} });
    const newer = { ...deposited(stream, 3, 1), schemaVersion: 4 };
    for (const strange of [unknown, newer]) {
      const lanes = [shared(0, [...history.slice(0, 2), strange])];
      const young = planStream({ ...planningFor(savings), nowMs: 0 }, start, lanes);
      expect(young).toMatchObject({
        moves: [{ next: 2, journal: history.slice(0, 2) }],
        parked: [],
        waiting: expect.any(UnknownEvent),
      });
      const old = planStream(planningFor(savings), start, lanes);
      expect(old.waiting).toBeUndefined();
      expect(old.moves).toMatchObject([{ next: 3 }]);
      expect(old.parked).toMatchObject([{ generation: 'accounts@1', event: { version: 3 } }]);
    }
  });

  test('parks an unknown event only for subscribers of its aggregate', () => {
    const elsewhere = { ...accounts, name: 'elsewhere', sources: ['other'] };
    const planning = planningFor(savings, [elsewhere, accounts]);
    const vanished = storedEvent({ stream, version: 1, type: 'Vanished', data: {} });
    const plan = planStream(planning, start, [shared(0, [vanished])]);
    expect(plan.parked.map(({ generation }) => generation)).toEqual(['accounts@1']);
    const nowhere = storedEvent({ stream: 'nowhere', version: 1, type: 'Vanished', data: {} });
    const past = planStream(planning, { ...start, stream: 'nowhere' }, [shared(0, [nowhere])]);
    expect(past).toMatchObject({ moves: [{ next: 1, journal: [nowhere] }], parked: [] });
  });

  describe('when D1 refused an event for a generation', () => {
    const error = new Error('SQLITE_CONSTRAINT');
    const lane = shared(1, history.slice(1, 2));
    const planned = (parks: boolean) =>
      planStream(
        planningFor(savings),
        { ...start, version: 1 },
        [lane],
        new Map([['accounts@1', { version: 2, error, parks }]]),
      );
    const fallen = [{ generation: 'accounts@1', event: history[1], error }];
    const checkpoint = { generation: 'accounts@1', version: 1 };

    test('parks the event if only a fix would help', () => {
      const plan = planned(true);
      expect(plan.moves).toMatchObject([{ read: 1, next: 2, changes: [] }]);
      expect(plan).toMatchObject({ calls: [], parked: fallen, stalled: [] });
      expect(positionAfter(plan).lagging).toEqual([{ ...checkpoint, parked: true }]);
    });

    test('lets the subscriber lag if a retry may help', () => {
      const plan = planned(false);
      expect(plan.moves).toMatchObject([{ read: 1, next: 2, changes: [] }]);
      expect(plan).toMatchObject({ calls: [], parked: [], stalled: fallen });
      expect(positionAfter(plan).lagging).toEqual([{ ...checkpoint, parked: false }]);
    });
  });

  test('has a call for each event that a reactor reacts to', () => {
    const planning = planningFor(savings, [accounts, generous]);
    const { calls, moves, parked } = planStream(planning, start, [shared(0, history)]);
    const reactions = [command(account, 'a-1', 'Deposit', { cents: 3 })];
    expect(calls).toEqual([{ generation: 'generous@1', event: history[3], reactions }]);
    const [without] = planStream(planningFor(savings), start, [shared(0, history)]).moves;
    expect(moves).toEqual([without]);
    expect(parked).toEqual([]);
  });

  test('is made smaller until the failing event is alone', () => {
    const planning = planningFor(savings);
    let plan = planStream(planning, start, [shared(0, history)]);
    const lengths: number[] = [];
    for (
      let smaller = smallerPlan(planning, plan);
      smaller;
      smaller = smallerPlan(planning, plan)
    ) {
      const count = smaller.lanes[0]?.events.length ?? 0;
      expect(smaller).toEqual(planStream(planning, start, [shared(0, history.slice(0, count))]));
      lengths.push(count);
      plan = smaller;
    }
    expect(lengths).toEqual([3, 2, 1]);
  });

  test('is made smaller by its other lanes first', () => {
    const planning = planningFor(savings);
    const lagging = [{ generation: 'accounts@1', version: 0, parked: false }];
    const position = { ...start, lagging };
    const own = { generation: 'accounts@1', read: 0, events: history };
    const plan = planStream(planning, position, [own, shared(0, history)]);
    expect(smallerPlan(planning, plan)).toEqual(planStream(planning, position, [own]));
  });

  test('cannot be made smaller without events', () => {
    const planning = planningFor(savings);
    expect(smallerPlan(planning, planStream(planning, start, []))).toBeUndefined();
  });
});

test('an event is young for less than a quarter of an hour', () => {
  const event = opened(stream);
  const recordedMs = Date.parse(event.recordedAt);
  expect(isYoung(event, recordedMs + 899_999)).toBe(true);
  expect(isYoung(event, recordedMs + 900_000)).toBe(false);
});

test('the checkpoint of all that are live is stored under no name, which no generation can have', () => {
  expect(SHARED_CHECKPOINT).toBe('');
});

describe('a lagging checkpoint', () => {
  const behind = (version: number, parked = false) => ({
    ...start,
    version: 5,
    lagging: [{ generation: 'accounts@1', version, parked }],
  });
  const lane = (read: number, events: readonly StoredEvent[]): PendingEvents => ({
    generation: 'accounts@1',
    read,
    events,
  });

  test('catches up alone, journals nothing, and is with the others again at their version', () => {
    const plan = planStream(planningFor(savings), behind(2), [lane(2, history.slice(2))]);
    expect(plan.moves).toMatchObject([{ generation: 'accounts@1', read: 2, next: 5, journal: [] }]);
    expect(plan.moves[0]?.changes).toHaveLength(5);
    expect(positionAfter(plan).lagging).toEqual([]);
  });

  test('that is not there yet stays one', () => {
    const plan = planStream(planningFor(savings), behind(2), [lane(2, history.slice(2, 4))]);
    expect(positionAfter(plan).lagging).toEqual([
      { generation: 'accounts@1', version: 4, parked: false },
    ]);
  });

  test('stops before the event that it cannot take', () => {
    const position = {
      ...behind(0),
      lagging: [{ generation: 'buggy@1', version: 0, parked: false }],
    };
    const own = { generation: 'buggy@1', read: 0, events: history };
    const plan = planStream(planningFor(buggy), position, [own]);
    expect(plan.moves).toMatchObject([{ next: 3 }]);
    expect(plan.moves[0]?.changes).toHaveLength(1);
    expect(positionAfter(plan).lagging).toEqual([
      { generation: 'buggy@1', version: 3, parked: true },
    ]);
  });
});

describe('the plan of a batch', () => {
  const planOf = (tenant: string, events: readonly StoredEvent[]) =>
    planStream(planningFor(savings), { ...start, tenant, stream: events[0]?.stream ?? '' }, [
      shared(
        0,
        events.map((event) => ({ ...event, tenant })),
      ),
    ]);
  const plans = [
    planOf('main', [opened('account/a'), deposited('account/a', 2, 5)]),
    planOf('other', [opened('account/a', 'bob'), deposited('account/a', 2, 70)]),
    planOf('main', [opened('account/b'), deposited('account/b', 2, 1)]),
  ];

  test('holds every step once', () => {
    expect(planBatch(plans).steps).toEqual(plans);
  });

  test('folds the rows of each tenant, and of no two tenants together', () => {
    const { layers } = planBatch(plans);
    expect(layers).toHaveLength(1);
    for (const [tenant, balances, cents] of [
      ['main', ['ann', 'ann'], 6],
      ['other', ['bob'], 70],
    ] as const) {
      const rows = new MemoryRows();
      const own = layers.flat().filter((change) => change.tenant === tenant);
      rows.apply(own.map(({ change }) => change));
      const [first, second] = accounts.tables;
      expect(rows.of(first).map(({ owner }) => owner)).toEqual(balances);
      expect(second && rows.of(second)).toMatchObject([{ currency: 'EUR', cents }]);
    }
  });

  test('leaves out plans without a move, and keeps those that only park', () => {
    const nowhere = planStream(planningFor(savings), start, [shared(0, [])]);
    expect(planBatch([nowhere])).toEqual({ steps: [], layers: [] });
    expect(planBatch([])).toEqual({ steps: [], layers: [] });
    const position = {
      ...start,
      version: 5,
      lagging: [{ generation: 'buggy@1', version: 3, parked: false }],
    };
    const own = { generation: 'buggy@1', read: 3, events: history.slice(3) };
    const stuck = planStream(planningFor(buggy), position, [own]);
    expect(stuck.moves).toMatchObject([{ read: 3, next: 3 }]);
    expect(planBatch([stuck]).steps).toEqual([stuck]);
    const error = new Error('not now');
    const refusals = new Map([['buggy@1', { version: 4, error, parks: false }]]);
    const stalled = planStream(planningFor(buggy), position, [own], refusals);
    expect(planBatch([stalled]).steps).toEqual([stalled]);
  });

  test('keeps a stream of which one lane moves', () => {
    const lagging = [{ generation: 'accounts@1', version: 0, parked: false }];
    const waiting = { generation: 'accounts@1', read: 0, events: [] };
    const lanes = [waiting, shared(0, history)];
    const plan = planStream(planningFor(savings), { ...start, lagging }, lanes);
    expect(planBatch([plan]).steps).toEqual([plan]);
  });

  test('takes as many layers as the row with the most changes that cannot be folded', () => {
    const again = planOf('other', [opened('account/a'), opened('account/a')]);
    const { layers } = planBatch([...plans, again]);
    expect(layers.map((layer) => layer.length)).toEqual([5, 1, 1]);
    expect(
      layers
        .slice(1)
        .flat()
        .every(({ tenant }) => tenant === 'other'),
    ).toBe(true);
  });
});
