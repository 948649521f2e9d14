import { expect, test } from 'vitest';
import { accounts, savings } from '../../test/controls/account.ts';
import { deposited, opened, withdrawn } from '../../test/controls/stored-events.ts';
import type { StoredEvent } from '../aggregate/event.ts';
import { defineReactor } from '../process/reactor.ts';
import { type JournalEvent, planPage } from './plan-catch-up.ts';
import { planStream, SHARED_CHECKPOINT } from './plan-stream.ts';

const all = [
  opened('account/a'),
  deposited('account/a', 2, 100),
  withdrawn('account/a', 3, 30),
  deposited('account/a', 4, 5),
];
const skipsNone = () => false;

function journal(events: readonly StoredEvent[], from = 1): JournalEvent[] {
  return events.map((event, index) => ({ ...event, position: from + index }));
}

test('a page changes what the live way would have changed, and ends at its last position', () => {
  const plan = planPage(savings, accounts, 6, journal(all, 7), skipsNone);
  const planning = { app: savings, followers: [accounts], nowMs: 0 };
  const position = { tenant: 'main', stream: 'account/a', version: 0, lagging: [] };
  const live = planStream(planning, position, [
    { generation: SHARED_CHECKPOINT, read: 0, events: all },
  ]);
  expect(plan.changes.map(({ change }) => change)).toEqual(live.moves[0]?.changes);
  expect(plan.next).toBe(10);
  expect(plan.failure).toBeUndefined();
});

test('an empty page ends where it began', () => {
  expect(planPage(savings, accounts, 6, [], skipsNone)).toEqual({
    changes: [],
    published: [],
    calls: [],
    next: 6,
  });
});

test('a page ends before the event that cannot be handled', () => {
  const strange = { ...withdrawn('account/a', 3, 30), type: 'Vanished' };
  const page = journal([...all.slice(0, 2), strange, ...all.slice(3)]);
  const plan = planPage(savings, accounts, 0, page, skipsNone);
  expect(plan.next).toBe(2);
  expect(plan.failure).toMatchObject({ generation: 'accounts@1', event: { position: 3 } });
  const before = planPage(savings, accounts, 0, page.slice(0, 2), skipsNone);
  expect(plan.changes).toEqual(before.changes);
});

test('skipped events and events of other aggregates are passed over', () => {
  const elsewhere = journal([{ ...all[0], stream: 'planet/earth' } as StoredEvent], 5);
  const page = [...journal(all), ...elsewhere];
  const plan = planPage(savings, accounts, 0, page, ({ version }) => version === 3);
  expect(plan.next).toBe(5);
  const without = [...journal(all).filter(({ version }) => version !== 3)];
  expect(plan.changes).toEqual(planPage(savings, accounts, 0, without, skipsNone).changes);
});

test('the page of a reactor has calls and no row changes', () => {
  const reaction = { aggregate: 'account', id: 'b', command: 'Deposit', data: { cents: 1 } };
  const mirrors = defineReactor({
    name: 'mirrors',
    from: savings.aggregates,
    on: { account: { Withdrawn: () => reaction } },
  });
  const { changes, calls } = planPage(savings, mirrors, 0, journal(all), skipsNone);
  expect(changes).toEqual([]);
  expect(calls).toMatchObject([
    { generation: 'mirrors@1', event: { version: 3 }, reactions: [reaction] },
  ]);
});
