import { describe, expect, test } from 'vitest';
import { noQuotas, quotasOf } from './caller-quotas.ts';
import { type CountedQuota, leaseSize, windowStartMs } from './quota.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const access = {
  roles: { customer: {}, partner: {}, clerk: {} },
  limits: {
    customer: { commands: '500/day', rows: '1000/hour' },
    partner: { commands: '100/hour' },
  },
} as const;

const day = { amount: 500, windowMs: DAY_MS };
const unlimited = { amount: Number.POSITIVE_INFINITY, windowMs: DAY_MS };
const ofTenant = (quota = unlimited) => ({ counter: 'commands', principal: '', quota });
const ofAnn = (quota: CountedQuota['quota']) => ({ counter: 'commands', principal: 'ann', quota });

describe('QU18 the quotas of a caller are the most generous of its roles, and its tenant’s', () => {
  test.each([
    [['customer'], [ofTenant(), ofAnn(day)]],
    [['partner'], [ofTenant(), ofAnn({ amount: 100, windowMs: HOUR_MS })]],
    [
      ['customer', 'partner'],
      [ofTenant(), ofAnn({ amount: 100, windowMs: HOUR_MS })],
    ],
    [
      ['customer', 'openid', '__proto__'],
      [ofTenant(), ofAnn(day)],
    ],
    [['clerk'], [ofTenant()]],
    [['customer', 'clerk'], [ofTenant()]],
    [['customer', 'operator'], [ofTenant()]],
    [[], [ofTenant()]],
  ])('%j', (roles, commands) => {
    expect(quotasOf(access, { actor: 'ann', roles }, {}).commands).toEqual(commands);
  });

  test('what no role and not the tenant limits is not counted', () => {
    expect(quotasOf(access, { actor: 'ann', roles: ['customer'] }, {}).streams).toEqual([]);
    const { limits: _none, ...without } = access;
    for (const given of [undefined, without, { ...access, limits: { clerk: {} } }]) {
      expect(quotasOf(given, { actor: 'ann', roles: ['clerk'] }, {})).toEqual(noQuotas);
    }
  });

  test('a tenant may have one where no role does', () => {
    const { commands } = quotasOf(undefined, { actor: 'ann', roles: [] }, { commands: '500/day' });
    expect(commands).toEqual([ofTenant(day)]);
  });
});

describe('QU19 a lease', () => {
  const sizes = (counter: CountedQuota['counter'], amount: number, used: readonly number[]) =>
    used.map((one) =>
      leaseSize({ ...{ counter, principal: '' }, quota: { amount, windowMs: DAY_MS } }, one),
    );

  test('is as large as what the isolate has used, a hundredth of the quota and 100 commands at most', () => {
    const used = [0, 1, 7, 60, 1_000];
    expect(sizes('commands', 1_000_000, used)).toEqual([1, 1, 7, 60, 100]);
    expect(sizes('commands', Number.POSITIVE_INFINITY, used)).toEqual([1, 1, 7, 60, 100]);
    expect(sizes('commands', 500, used)).toEqual([1, 1, 5, 5, 5]);
    expect(sizes('streams', 50, used)).toEqual([1, 1, 1, 1, 1]);
    expect(sizes('rows', 100_000_000, [0, 600, 70_000])).toEqual([500, 600, 50_000]);
  });

  test('is of a window of UTC', () => {
    const nowMs = Date.UTC(2026, 10, 27, 9, 30);
    expect(windowStartMs(day, nowMs)).toBe(Date.UTC(2026, 10, 27));
    expect(windowStartMs({ amount: 1, windowMs: HOUR_MS }, nowMs)).toBe(Date.UTC(2026, 10, 27, 9));
  });
});
