import { text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { accounts, savings } from '../test/controls/account.ts';
import { deposited, opened, storedEvent, withdrawn } from '../test/controls/stored-events.ts';
import { eventsAfter, firstHalf, planBatch, planStream } from './advance.ts';
import { defineApp } from './app.ts';
import type { StoredEvent } from './event.ts';
import { MemoryRows } from './memory-rows.ts';
import { defineProjection } from './projection.ts';
import { table } from './table.ts';

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
const buggy = defineApp({
  ...savings,
  projections: [
    accounts,
    defineProjection({
      name: 'buggy',
      version: 1,
      from: savings.aggregates,
      tables: { nothing: table({ id: text().notNull() }, { key: ['id'] }) },
      on: {
        account: {
          Withdrawn: () => {
            throw new Error('cannot take it');
          },
        },
      },
    }),
  ],
});

const start = { tenant: 'main', stream, version: 0 };

describe('the plan of a stream', () => {
  test('goes from the checkpoint to the last event, with all that they change, in their order', () => {
    const plan = planStream(savings, { ...start, version: 1 }, history.slice(1));
    expect(plan).toMatchObject({ tenant: 'main', stream, read: 1, next: 5 });
    expect(plan.journal).toEqual(history.slice(1));
    const kinds = plan.changes.map(({ table: { name }, kind }) => `${kind} ${name}`);
    const depositing = ['patch balances', 'upsert currencies'];
    expect(kinds).toEqual([...depositing, ...depositing, 'patch balances', ...depositing]);
    expect(plan).not.toHaveProperty('failure');
  });

  test('goes nowhere without events', () => {
    expect(planStream(savings, start, [])).toMatchObject({
      read: 0,
      next: 0,
      journal: [],
      changes: [],
    });
  });

  test('stops before a handler that throws, with nothing of its event', () => {
    const plan = planStream(buggy, start, history);
    expect(plan).toMatchObject({
      read: 0,
      next: 3,
      failure: { version: 4, type: 'Withdrawn', error: new Error('cannot take it') },
    });
    expect(versions(plan.journal)).toEqual([1, 2, 3]);
    expect(plan.changes).toEqual(planStream(savings, start, history.slice(0, 3)).changes);
  });

  test('stops before an event that the code does not know', () => {
    const unknown = storedEvent({ stream, version: 3, type: 'Vanished', data: {} });
    const plan = planStream(savings, start, [...history.slice(0, 2), unknown]);
    expect(plan).toMatchObject({ next: 2, failure: { version: 3, type: 'Vanished' } });
    const newer = { ...deposited(stream, 3, 1), schemaVersion: 4 };
    const beforeNewer = planStream(savings, start, [...history.slice(0, 2), newer]);
    expect(beforeNewer).toMatchObject({ next: 2, failure: { version: 3 } });
  });

  test('stays where it is when the first event fails', () => {
    const plan = planStream(buggy, { ...start, version: 3 }, history.slice(3));
    expect(plan).toMatchObject({
      read: 3,
      next: 3,
      journal: [],
      changes: [],
      failure: { version: 4 },
    });
  });

  test('is halved until the failing event stands alone', () => {
    let plan = planStream(savings, start, history);
    const lengths: number[] = [];
    for (let half = firstHalf(savings, plan); half; half = firstHalf(savings, plan)) {
      expect(half).toEqual(planStream(savings, start, history.slice(0, half.next)));
      lengths.push(half.journal.length);
      plan = half;
    }
    expect(lengths).toEqual([3, 2, 1]);
  });
});

describe('the plan of a batch', () => {
  const planOf = (tenant: string, events: readonly StoredEvent[]) =>
    planStream(
      savings,
      { tenant, stream: events[0]?.stream ?? '', version: 0 },
      events.map((event) => ({ ...event, tenant })),
    );
  const plans = [
    planOf('main', [opened('account/a'), deposited('account/a', 2, 5)]),
    planOf('other', [opened('account/a', 'bob'), deposited('account/a', 2, 70)]),
    planOf('main', [opened('account/b'), deposited('account/b', 2, 1)]),
  ];

  test('holds every event and every step once', () => {
    const { journal, steps } = planBatch(plans);
    expect(steps).toEqual(plans);
    expect(journal).toEqual(plans.flatMap((plan) => plan.journal));
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

  test('leaves out the streams that go nowhere', () => {
    const stuck = planStream(buggy, { ...start, version: 3 }, history.slice(3));
    const empty = { journal: [], steps: [], layers: [] };
    expect(planBatch([stuck, planStream(savings, start, [])])).toEqual(empty);
    expect(planBatch([])).toEqual(empty);
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
