/** `POST /v1/issuers/refresh`: the keys of issuers are fetched now. */
import { beforeEach, describe, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import { env, fetchWorker, rowsOf, useKeptQueue } from './support/harness.ts';
import { bearer, isolate, login, robots, soundToken } from './support/jwt-shop.ts';
import { ADMIN_KEY, deployed, issued, posting } from './support/keyed-shop.ts';
import type { IssuerKey } from './support/test-issuer.ts';

useKeptQueue();

const SECONDS_300 = 300_000;

let key: IssuerKey;

beforeEach(async () => {
  await env.DB.exec('DELETE FROM issuer_keys');
  login.published = [];
  login.fate = 'answers';
  key = await login.addKey('first');
});

type Isolate = ReturnType<typeof isolate>;

async function statusWith({ ask }: Isolate): Promise<number> {
  const response = await ask(bearer(await soundToken(key)));
  await response.body?.cancel();
  return response.status;
}

const header = (credential: string) => ({ ...posting().headers, ...bearer(credential) });

async function refreshed(credential = ADMIN_KEY) {
  const { ask } = isolate(deployed);
  const answer = await ask(
    header(credential),
    '/v1/issuers/refresh',
    posting({ reason: 'leaked' }),
  );
  const body: { issuers?: object[]; effectiveBy?: string } = await answer.json();
  return { status: answer.status, body };
}

const of = ({ body }: Awaited<ReturnType<typeof refreshed>>, issuer: string) =>
  body.issuers?.find((one) => 'issuer' in one && one.issuer === issuer);

describe('JW10 an administrator has the keys of issuers fetched now', () => {
  test('each issuer says: fetched, unchanged, or failed with its cause', async () => {
    expect(of(await refreshed(), login.url)).toEqual({ issuer: login.url, result: 'fetched' });
    expect(of(await refreshed(), login.url)).toEqual({ issuer: login.url, result: 'unchanged' });
    login.fate = 'fails';
    const failed = await refreshed();
    expect(failed.status).toBe(200);
    expect(of(failed, login.url)).toMatchObject({
      result: 'failed',
      cause: expect.stringMatching(/status 5/),
    });
    expect(of(failed, robots.url)).toMatchObject({ result: 'unchanged' });
    login.fate = 'prose';
    expect(of(await refreshed(), login.url)).toMatchObject({
      cause: 'It could not be reached or read.',
    });
    expect(await rowsOf('SELECT issuer FROM issuer_keys')).toHaveLength(3);
  });

  test('a withdrawn key is gone at once where the row is read, and everywhere by the time that is answered', async () => {
    const known = isolate();
    expect(await statusWith(known)).toBe(200);
    login.published = [];
    await login.addKey('second');
    const { body } = await refreshed();
    const leftMs = Date.parse(body.effectiveBy ?? '') - (Date.now() + faults.clockSkewMs);
    expect(leftMs).toBeGreaterThan(SECONDS_300 - 5_000);
    expect(leftMs).toBeLessThanOrEqual(SECONDS_300);
    expect(await statusWith(isolate())).toBe(401);
    faults.clockSkewMs += SECONDS_300;
    expect(await statusWith(known)).toBe(401);
  });

  test('it is in the audit trail, with its reason', async () => {
    await refreshed();
    const { ask } = isolate(deployed);
    const page = await ask(bearer(ADMIN_KEY), '/v1/audit?limit=2');
    expect(await page.json()).toMatchObject({
      entries: [
        { outcome: 'done' },
        { operation: 'POST /v1/issuers/refresh', reason: 'leaked', credential: 'key:bootstrap' },
      ],
    });
  });

  test('no administrator of a tenant may call it, and no issuer is asked', async () => {
    const { key: tenants } = await issued({ roles: ['admin'] });
    login.asked.length = 0;
    expect((await refreshed(tenants)).status).toBe(403);
    expect(login.asked).toEqual([]);
  });

  test('without declared issuers there is none, and local development may ask', async () => {
    const answer = await fetchWorker('/v1/issuers/refresh', posting());
    expect(await answer.json()).toMatchObject({ issuers: [] });
  });
});
