/**
 * Which namespace an object is made in. workerd refuses to make objects of a jurisdiction, so that namespaces here record
 * what they are asked for.
 */
import { describe, expect, test, vi } from 'vitest';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { jurisdictionOf, withJurisdictions } from '../../worker/runtime/jurisdictions.ts';
import {
  aggregateStub,
  incidentsStub,
  liveStub,
  observationsStub,
  quotaStub,
  rebuildStub,
  streamStub,
} from '../../worker/runtime/object-stubs.ts';

/** What was made, as `eu AGGREGATE acme/order/o-1`. */
function recording(variable?: string) {
  const made: string[] = [];
  const stubOf = (name: string) => ({
    headVersion: async () => name.length,
    wake: async () => undefined,
    summary: async () => undefined,
    observed: async () => undefined,
    eraseUsage: async () => undefined,
    fetch: async () => new Response(name),
  });
  const namespace = (binding: string) => ({
    getByName: (name: string) => {
      made.push(`- ${binding} ${name}`);
      return stubOf(name);
    },
    jurisdiction: (jurisdiction: string) => ({
      getByName: (name: string) => {
        made.push(`${jurisdiction} ${binding} ${name}`);
        return stubOf(name);
      },
    }),
  });
  const bindings = {
    ...{ AGGREGATE: namespace('AGGREGATE'), LIVE: namespace('LIVE') },
    ...{ HEALTH: namespace('HEALTH'), REBUILD: namespace('REBUILD') },
    ...(variable !== undefined && { LEDGE_JURISDICTIONS: variable }),
  };
  // No other binding is read.
  return { made, env: bindings as unknown as LedgeEnv };
}

const inEurope = async (_env: LedgeEnv, tenant: string) => (tenant === 'acme' ? 'eu' : null);

describe('DB11 where a database has a jurisdiction', () => {
  test('the objects of its tenants and of its builds are made in it, and no others', async () => {
    const { made, env: bindings } = recording('DB_2:eu');
    const env: LedgeEnv = Object.create(withJurisdictions(bindings, inEurope));
    for (const tenant of ['acme', 'globex', 'ledge']) {
      await aggregateStub(env, { tenant, aggregate: 'order', id: 'o-1' }).headVersion();
      await streamStub(env, tenant, 'order/o-2').headVersion();
      await liveStub(env, tenant, 0).fetch(new Request('https://shop.example'));
      await quotaStub(env, tenant).eraseUsage();
    }
    await rebuildStub(env, 'DB_2', 'orders').wake();
    await rebuildStub(env, 'DB', 'orders').wake();
    await incidentsStub(env, 1).summary();
    await observationsStub(env).observed();
    const objectsOf = (jurisdiction: string, tenant: string) => [
      `${jurisdiction} AGGREGATE ${tenant}/order/o-1`,
      `${jurisdiction} AGGREGATE ${tenant}/order/o-2`,
      `${jurisdiction} LIVE ${tenant}/0`,
      `${jurisdiction} HEALTH quota/${tenant}`,
    ];
    expect(made).toEqual([
      ...objectsOf('eu', 'acme'),
      ...objectsOf('-', 'globex'),
      ...objectsOf('-', 'ledge'),
      ...['eu REBUILD DB_2/orders', '- REBUILD orders', '- HEALTH 1', '- HEALTH observations'],
    ]);
  });

  test('a call makes a stub of its own, passes its input and answers, and a stub is no promise', async () => {
    const { made, env: bindings } = recording('DB_2:eu');
    const env = withJurisdictions(bindings, inEurope);
    const stub = await Promise.resolve(streamStub(env, 'acme', 'order/o-1'));
    expect(await Promise.all([stub.headVersion(), stub.headVersion()])).toEqual([14, 14]);
    expect(made).toHaveLength(2);
  });

  test('a call fails where the jurisdiction of the tenant cannot be found, and makes no object', async () => {
    const { made, env: bindings } = recording('DB_2:eu');
    const env = withJurisdictions(bindings, async () => {
      throw new Error('The directory does not answer.');
    });
    await expect(streamStub(env, 'acme', 'order/o-1').headVersion()).rejects.toThrow('directory');
    expect(made).toEqual([]);
  });

  test('where none has one nothing is looked up, and each stub is made at once', () => {
    const { made, env: bindings } = recording();
    const find = vi.fn(inEurope);
    const env = withJurisdictions(bindings, find);
    expect(env).toBe(bindings);
    streamStub(env, 'acme', 'order/o-1');
    rebuildStub(env, 'DB_2', 'orders');
    expect(made).toEqual(['- AGGREGATE acme/order/o-1', '- REBUILD DB_2/orders']);
    expect(find).not.toHaveBeenCalled();
  });
});

test('DB11 the variable names each database with its jurisdiction, and is refused as a whole where it is wrong', () => {
  const of = (database: string, variable?: string) =>
    jurisdictionOf(variable === undefined ? {} : { LEDGE_JURISDICTIONS: variable }, database);
  expect([of('DB_2'), of('DB_2', ''), of('DB', 'DB_2:eu')]).toEqual([null, null, null]);
  const variable = 'DB_2:eu, DB_3 : us,DB_4:fedramp';
  const all = ['DB', 'DB_2', 'DB_3', 'DB_4', 'DB_5'].map((name) => of(name, variable));
  expect(all).toEqual([null, 'eu', 'us', 'fedramp', null]);
  for (const wrong of ['DB:eu', 'DB_2', 'DB_2:', 'DB_2:mars', 'DB_17:eu', 'DB_2:eu:us', 'eu']) {
    expect(() => of('DB_9', wrong)).toThrow('LEDGE_JURISDICTIONS is not of the form');
  }
});
