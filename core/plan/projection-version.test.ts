import { text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { account, savings } from '../../test/controls/account.ts';
import { aggregateOf } from '../aggregate/stream.ts';
import { defineApp } from '../app.ts';
import { defineReactor } from '../process/reactor.ts';
import { defineProjection } from '../projection/define-projection.ts';
import type { Projection } from '../projection/projection.ts';
import { table } from '../projection/table.ts';
import { buildKey } from './keys.ts';
import {
  concerns,
  definitionOf,
  type Generation,
  keyOf,
  liveSubscribers,
  servingGeneration,
  tableSuffix,
  transitions,
} from './projection-version.ts';

function counts(version: number, previous?: Projection): Projection {
  return defineProjection({
    name: 'counts',
    version,
    from: [account],
    tables: { counts: table({ id: text().notNull() }, { key: ['id'] }) },
    on: {},
    ...(previous && { previous }),
  });
}

const reminds = defineReactor({ name: 'reminds', from: [account], on: {} });

function appWith(...projections: readonly Projection[]) {
  return defineApp({ aggregates: savings.aggregates, projections, reactors: [reminds] });
}

function row(version: number, state: Generation['state'], more: Partial<Generation> = {}) {
  return {
    projection: 'counts',
    version,
    purpose: 'primary',
    state,
    serving: false,
    built: true,
    cursor: 0,
    tables: [`counts_v${version}`],
    openTables: [],
    ...more,
  } as const satisfies Generation;
}

const reminding = row(1, 'live', { projection: 'reminds', tables: [] });
const set = (...generations: readonly Generation[]) => ({
  revision: 1,
  generations: [...generations, reminding],
});

describe('a new deployment', () => {
  test('starts what is not there yet, projections and reactors', () => {
    expect(transitions(appWith(counts(1)), { revision: 0, generations: [] })).toEqual([
      { projection: 'counts', version: 1, to: 'start' },
      { projection: 'reminds', version: 1, to: 'start' },
    ]);
  });

  test('changes nothing where the set fits the code', () => {
    expect(transitions(appWith(counts(1)), set(row(1, 'live')))).toEqual([]);
    for (const state of ['catching-up', 'paused', 'stopped'] as const) {
      expect(transitions(appWith(counts(1)), set(row(1, state)))).toEqual([]);
    }
  });

  test('with a raised version starts it; the previous one becomes inactive unless the code keeps it', () => {
    const start = { projection: 'counts', version: 2, to: 'start' };
    const leave = { projection: 'counts', version: 1, to: 'deactivate' };
    expect(transitions(appWith(counts(2)), set(row(1, 'live')))).toEqual([start, leave]);
    expect(transitions(appWith(counts(2, counts(1))), set(row(1, 'live')))).toEqual([start]);
  });

  test('that defines a version again lets it catch up; a paused one stays paused', () => {
    const inactive = set(row(1, 'inactive'));
    const follow = { projection: 'counts', version: 1, to: 'catch-up' };
    expect(transitions(appWith(counts(1)), inactive)).toEqual([follow]);
    expect(transitions(appWith(), inactive)).toEqual([]);
    expect(transitions(appWith(), set(row(1, 'paused')))).toEqual([]);
  });

  test('without a definition ends its build', () => {
    const leave = { projection: 'counts', version: 1, to: 'deactivate' };
    expect(transitions(appWith(), set(row(1, 'catching-up')))).toEqual([leave]);
    for (const state of ['stopped', 'inactive', 'verified'] as const) {
      expect(transitions(appWith(), set(row(1, state)))).toEqual([]);
    }
  });

  test('X9 without its table makes it inactive, and lets it follow once the table exists', () => {
    const lack = { reason: 'Table counts_v1 is missing.', rowsAreGone: true };
    const lacking = new Map([['counts@1', lack]]);
    const [app, counted] = [appWith(counts(1)), { projection: 'counts', version: 1, lack }];
    for (const state of ['live', 'catching-up'] as const) {
      const left = transitions(app, set(row(1, state)), lacking);
      expect(left).toEqual([{ ...counted, to: 'deactivate' }]);
    }
    for (const state of ['inactive', 'paused', 'stopped'] as const) {
      expect(transitions(app, set(row(1, state)), lacking)).toEqual([]);
    }
    const none = { revision: 0, generations: [] };
    expect(transitions(app, none, lacking)).toContainEqual({ ...counted, to: 'start' });
    expect(transitions(app, set(row(1, 'inactive')))).toMatchObject([{ to: 'catch-up' }]);
  });

  test('does not change rebuilds and verifications', () => {
    const beside = row(1, 'catching-up', { purpose: 'rebuild' });
    expect(transitions(appWith(), set(beside))).toEqual([]);
    const own = transitions(appWith(counts(1)), set(beside));
    expect(own).toEqual([{ projection: 'counts', version: 1, to: 'start' }]);
  });
});

test('a follower is concerned by the aggregates that it listens to, and by no text that is no stream', () => {
  const follower = { ...counts(1), sources: ['account', 'order'] };
  const concerned = ['account/a', 'order/a', 'orders/a', 'account'].filter((stream) =>
    concerns(follower, aggregateOf(stream)),
  );
  expect(concerned).toEqual(['account/a', 'order/a']);
});

test('a generation is live if its state says so and the code defines it', () => {
  const app = appWith(counts(2, counts(1)));
  const keys = (...generations: readonly Generation[]) =>
    liveSubscribers(app, { revision: 1, generations }).map(keyOf);
  expect(keys(row(1, 'live'), row(2, 'live'), reminding)).toEqual([
    'counts@1',
    'counts@2',
    'reminds@1',
  ]);
  expect(keys(row(1, 'paused'), row(2, 'catching-up'), row(3, 'live'))).toEqual([]);
});

test('the keys of builds and of primary generations differ by purpose', () => {
  const stored = (['primary', 'rebuild', 'verify'] as const).map((purpose) => [
    buildKey({ projection: 'counts', version: 2, purpose }),
    tableSuffix(purpose),
  ]);
  expect(stored).toEqual([
    ['counts@2', ''],
    ['counts@2+rebuild', '_rebuild'],
    ['counts@2+verify', '_verify'],
  ]);
});

test('a generation is found by its version, the serving one by its flag', () => {
  const app = appWith(counts(2, counts(1)));
  expect(definitionOf(app, { projection: 'counts', version: 1 })).toMatchObject({ version: 1 });
  expect(definitionOf(app, { projection: 'counts', version: 3 })).toBeUndefined();
  const both = set(row(1, 'live', { serving: true }), row(2, 'catching-up'));
  expect(servingGeneration(both, 'counts')?.version).toBe(1);
  expect(servingGeneration(both, 'others')).toBeUndefined();
});

test('a previous version must be an older one of the same projection', () => {
  const message = 'The previous version of counts must be counts before version 1.';
  expect(() => counts(1, counts(1))).toThrow(message);
  expect(() => counts(1, counts(2))).toThrow(message);
  expect(() => counts(2, { ...counts(1), name: 'others' })).toThrow('must be counts before');
});
