/** What a tenant has used: by day, by counter and by principal; and a day that is far above those before. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ask, isolate, OPERATOR, operate, provision, register } from './support/directory-shop.ts';
import { faults } from './support/faults.ts';
import { useKeptQueue } from './support/harness.ts';
import { toNextWindow } from './support/quota-objects.ts';

useKeptQueue();

const DAY_MS = 86_400_000;

let products = 0;

beforeEach(() => toNextWindow(DAY_MS));

function today(): string {
  return new Date(Date.now() + faults.clockSkewMs).toISOString().slice(0, 10);
}

/** Its commands are counted. */
async function counted(tenant: string): Promise<void> {
  await provision(tenant);
  const quotas = { commands: '1000000/day' };
  await operate(tenant, 'limit', { quotas, reason: 'To count them.' });
}

async function send(times: number, tenant: string): Promise<void> {
  const worker = isolate();
  for (let index = 0; index < times; index++) {
    const { status } = await register(`${tenant}.ann`, `u${++products}`, worker);
    expect(status).toBe(200);
  }
}

const alerts = () => faults.log.filter(({ operation }) => operation === 'spend');

describe('QU26 the usage of a tenant', () => {
  test('is shown by day to its operator, and to one of the deployment that names it', async () => {
    await counted('qu26');
    await send(4, 'qu26');
    const day = today();
    const used = [{ counter: 'commands', used: 4, median: null }];
    const answer = { status: 200, body: { day, used, principals: [] } };
    expect(await ask('qu26.op.operator', '/v1/usage')).toEqual(answer);
    const named = { headers: { 'ledge-tenant': 'qu26' } };
    expect(await ask(OPERATOR, '/v1/usage', named)).toEqual(answer);
    toNextWindow(DAY_MS);
    expect(await ask('qu26.op.operator', `/v1/usage?day=${day}`)).toEqual(answer);
    expect(await ask('qu26.op.operator', '/v1/usage')).toMatchObject({ body: { used: [] } });
  });

  test('is nothing where nothing is counted, and no other caller sees it', async () => {
    await provision('qu26-none');
    await send(1, 'qu26-none');
    expect(await ask('qu26-none.op.operator', '/v1/usage')).toMatchObject({
      body: { used: [], principals: [] },
    });
    expect(await ask('qu26-none.ann', '/v1/usage')).toMatchObject({ status: 403 });
    expect(await ask('qu26-none.op.operator', '/v1/usage?day=soon')).toMatchObject({ status: 400 });
  });
});

describe('QU27 a day that is far above those before', () => {
  test('is logged once, when it is above three times their median', async () => {
    await counted('qu27');
    for (let day = 0; day < 7; day++) {
      await send(2, 'qu27');
      toNextWindow(DAY_MS);
    }
    faults.log.length = 0;
    await send(6, 'qu27');
    expect(await ask('qu27.op.operator', '/v1/usage')).toMatchObject({
      body: { used: [{ counter: 'commands', median: 2 }] },
    });
    await send(8, 'qu27');
    expect(alerts()).toEqual([
      expect.objectContaining({ level: 'warn', tenant: 'qu27', members: ['commands'] }),
    ]);
  });

  test('is none where fewer than seven days are known', async () => {
    await counted('qu27-new');
    for (let day = 0; day < 6; day++) {
      await send(1, 'qu27-new');
      toNextWindow(DAY_MS);
    }
    faults.log.length = 0;
    await send(10, 'qu27-new');
    expect(alerts()).toEqual([]);
  });

  test('days are kept for 31 days', async () => {
    await counted('qu27-old');
    const day = today();
    await send(1, 'qu27-old');
    faults.clockSkewMs += 31 * DAY_MS;
    await send(1, 'qu27-old');
    expect(await ask('qu27-old.op.operator', `/v1/usage?day=${day}`)).toMatchObject({
      body: { used: [] },
    });
  });
});
