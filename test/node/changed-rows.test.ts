/** The rows that a notification names: of its tenant and projection alone, within a limit. */
import { describe, expect, test } from 'vitest';
import type { Watch } from '../../core/live/watch.ts';
import type { TenantRowChange } from '../../core/plan/plan-batch.ts';
import { mergeNotifications, notificationsOf } from '../../worker/notifications/changed-rows.ts';
import { app } from '../shop/app.ts';

const followers = app.projections ?? [];
const { table } = productTable();

function productTable() {
  const products = followers.find(({ name }) => name === 'products');
  const [own] = products?.tables ?? [];
  return { table: own ?? expect.unreachable() };
}

function change(product: string, tenant = 'main'): TenantRowChange {
  const none = { set: {}, add: {}, min: {}, max: {}, swing: {} };
  return { tenant, change: { table, kind: 'remove', key: { product }, ...none } };
}

function watch(projection: string, tenant = 'main', registration = 'r'): Watch {
  return { tenant, projection, shard: 0, registration };
}

function of(changes: readonly TenantRowChange[], watches = [watch('products')]) {
  return notificationsOf(followers, { layers: [changes] }, { watches, bookmark: null });
}

describe('B21 a notification', () => {
  test('names each changed row of its tenant and projection once', () => {
    const changes = [change('a'), change('b', 'other'), change('a')];
    const watches = [watch('products'), watch('orders'), watch('products', 'other')];
    expect(of(changes, watches)).toEqual([
      { ...watch('products'), rows: ['["products_v1","a"]'] },
      { ...watch('products', 'other'), rows: ['["products_v1","b"]'] },
    ]);
    expect(of([], watches)).toEqual([]);
  });

  test('names none beyond a thousand rows or 32 kB, which concerns all', () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => change(`p${index}`));
    expect(of(many(1_000))[0]?.rows).toHaveLength(1_000);
    expect(of(many(1_001))).toEqual([watch('products')]);
    const long = [change('x'.repeat(20_000)), change('y'.repeat(20_000))];
    expect(of(long)).toEqual([watch('products')]);
    expect(JSON.stringify(of(many(1_000))).length).toBeLessThan(40_000);
  });

  test('is one for several commits: with the rows of all, the newest registration and bookmark', () => {
    const [a, b] = [watch('products'), watch('products', 'main', 'newer')];
    expect(
      mergeNotifications([
        { ...a, rows: ['1'], bookmark: '0002' },
        { ...b, rows: ['2', '1'], bookmark: '0001' },
      ]),
    ).toEqual([{ ...b, rows: ['1', '2'], bookmark: '0002' }]);
  });

  test('concerns all rows once one of its commits does, and has no bookmark once one has none', () => {
    const known = { ...watch('products'), rows: ['1'], bookmark: '0002' };
    for (const all of [
      [known, watch('products')],
      [watch('products'), known],
    ]) {
      expect(mergeNotifications(all)).toEqual([watch('products')]);
    }
    const rows = Array.from({ length: 600 }, (_, index) => `row ${index}`);
    const others = rows.map((row) => `other ${row}`);
    const merged = mergeNotifications([
      { ...known, rows },
      { ...known, rows: others },
    ]);
    expect(merged).toEqual([{ ...watch('products'), bookmark: '0002' }]);
  });
});
