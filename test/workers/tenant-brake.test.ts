/** The brake of a tenant: exact over all isolates, effective within ten seconds, recorded, and released again. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ADMIN, ask, isolate, operate, provision, tick } from './support/directory-shop.ts';
import { faults } from './support/faults.ts';
import { useKeptQueue } from './support/harness.ts';
import {
  askedHealth,
  away,
  counted,
  leaseError,
  toNextWindow,
  usedRows,
} from './support/quota-objects.ts';

useKeptQueue();

const TEN_SECONDS = 10_000;
const reason = 'It reads everything in a loop.';

beforeEach(() => {
  askedHealth.length = 0;
});

/** Braked, and every isolate knows it. */
async function braked(tenant: string, rate: number): Promise<void> {
  await provision(tenant);
  const { status, body } = await operate(tenant, 'brake', { rate, reason });
  expect({ status, body }).toMatchObject({ status: 200, body: { brake: { rate, reason } } });
  toNextWindow(TEN_SECONDS);
}

async function statuses(times: number, token: string, worker = isolate()): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < times; index++) {
    found.push((await ask(token, '/v1/me', {}, worker, counted)).status);
  }
  return found;
}

function times<One>(count: number, one: One): One[] {
  return Array.from({ length: count }, () => one);
}

describe('QU16 a braked tenant has so many requests in ten seconds', () => {
  test('in all isolates together, whatever its principals; more are 429', async () => {
    await braked('qu16', 5);
    const [one, other] = [isolate(), isolate()];
    expect(await statuses(2, 'qu16.ann', one)).toEqual(times(2, 200));
    expect(await statuses(2, 'qu16.bob', other)).toEqual(times(2, 200));
    expect(await statuses(3, 'qu16.ann', one)).toEqual([200, 429, 429]);
    expect(await statuses(2, 'qu16.bob', other)).toEqual(times(2, 429));
    toNextWindow(TEN_SECONDS);
    expect(await statuses(1, 'qu16.ann', one)).toEqual([200]);
  });

  test('at once', async () => {
    await braked('qu16-once', 5);
    const workers = Array.from({ length: 4 }, isolate);
    const answers = await Promise.all(
      workers.flatMap((worker) =>
        [1, 2, 3, 4].map(() => ask('qu16-once.ann', '/v1/me', {}, worker)),
      ),
    );
    const served = answers.filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThanOrEqual(5);
  });

  test('with the problem of a tenant’s limit', async () => {
    await braked('qu16-problem', 1);
    const worker = isolate();
    await ask('qu16-problem.ann', '/v1/me', {}, worker);
    const { status, body } = await ask('qu16-problem.ann', '/v1/me', {}, worker);
    expect({ status, body }).toMatchObject({
      status: 429,
      body: {
        ...{ type: '/problems/too-many-requests', limit: 'requests', scope: 'tenant' },
        ...{ quota: 1, windowSeconds: 10 },
      },
    });
    expect(body.retryAfterSeconds).toBeLessThanOrEqual(10);
    expect(body.retryAfterSeconds).toBeGreaterThan(0);
  });

  test('an object request each and one that refuses, none for what is refused then, and one row for all of them', async () => {
    await braked('qu16-cost', 3);
    const worker = isolate();
    expect(await statuses(20, 'qu16-cost.ann', worker)).toEqual([
      ...times(3, 200),
      ...times(17, 429),
    ]);
    expect(askedHealth).toEqual(times(4, 'quota/qu16-cost'));
    expect(await usedRows('qu16-cost')).toEqual([{ counter: 'requests', principal: '', used: 3 }]);
  });

  test('and no other tenant is limited by it, nor asks an object', async () => {
    await braked('qu16-one', 1);
    await provision('qu16-two');
    expect(await statuses(5, 'qu16-two.ann')).toEqual(times(5, 200));
    expect(askedHealth).toEqual([]);
  });
});

describe('QU17 a brake', () => {
  test('takes effect within ten seconds where the tenant is known, and ends so', async () => {
    await provision('qu17');
    toNextWindow(TEN_SECONDS);
    const worker = isolate();
    expect(await statuses(1, 'qu17.ann', worker)).toEqual([200]);
    await operate('qu17', 'brake', { rate: 1, reason });
    faults.clockSkewMs += TEN_SECONDS;
    expect(await statuses(2, 'qu17.ann', worker)).toEqual([200, 429]);
    expect(await operate('qu17', 'release', { reason })).toMatchObject({ body: { brake: null } });
    faults.clockSkewMs += TEN_SECONDS;
    expect(await statuses(5, 'qu17.ann', worker)).toEqual(times(5, 200));
  });

  test('is raised without waiting for its window', async () => {
    await braked('qu17-raised', 1);
    const worker = isolate();
    expect(await statuses(2, 'qu17-raised.ann', worker)).toEqual([200, 429]);
    await operate('qu17-raised', 'brake', { rate: 100, reason });
    faults.clockSkewMs += TEN_SECONDS;
    expect(await statuses(5, 'qu17-raised.ann', worker)).toEqual(times(5, 200));
  });

  test('is recorded with its administrator and the reason', async () => {
    await braked('qu17-recorded', 1);
    const { body } = await ask(ADMIN, '/v1/audit');
    const entries = body.entries as { target: string; reason?: string; actor: string }[];
    expect(entries.filter(({ target }) => target === '/v1/tenants/qu17-recorded/brake')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'OperationRequested', reason, actor: 'user:root' }),
      ]),
    );
  });

  test('is set by an administrator of the deployment alone, to a rate', async () => {
    await provision('qu17-own');
    const own = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const body = JSON.stringify({ rate: 1, reason });
    const path = '/v1/tenants/qu17-own/brake';
    expect(await ask('qu17-own.boss.admin', path, { ...own, body })).toMatchObject({ status: 403 });
    for (const rate of [0, -1, 1.5, 10_001, '5']) {
      expect(await operate('qu17-own', 'brake', { rate, reason })).toMatchObject({ status: 400 });
    }
    expect(await operate('qu17-own', 'brake', { rate: 1 })).toMatchObject({ status: 400 });
  });

  test('whose object does not answer lets none in: 503, and a line of the log', async () => {
    await braked('qu17-away', 5);
    faults.log.length = 0;
    expect(await ask('qu17-away.ann', '/v1/me', {}, isolate(), away)).toMatchObject({
      status: 503,
    });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ level: 'error', operation: 'quota', tenant: 'qu17-away' }),
    );
    await operate('qu17-away', 'release', { reason });
    expect(await ask('qu17-away.ann', '/v1/me', {}, isolate(), away)).toMatchObject({
      status: 200,
    });
  });

  test('leaves nothing of an erased tenant, and counts nothing after it', async () => {
    await braked('qu17-erased', 5);
    expect(await statuses(1, 'qu17-erased.ann')).toEqual([200]);
    await operate('qu17-erased', 'schedule-erasure', {
      at: new Date(Date.now() + faults.clockSkewMs).toISOString(),
      reason,
    });
    faults.clockSkewMs += 1_000;
    await tick();
    expect(await operate('qu17-erased', 'erase')).toMatchObject({ body: { done: true } });
    expect(await usedRows('qu17-erased')).toEqual([]);
    await expect(leaseError('qu17-erased')).resolves.toContain('erased');
    expect(await usedRows('qu17-erased')).toEqual([]);
  });
});
