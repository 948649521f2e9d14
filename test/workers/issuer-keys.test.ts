/** The keys of issuers: what an issuer does that is down, hangs, lies, rotates or withdraws. */
import { beforeEach, describe, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import { env, rowsOf, useKeptQueue } from './support/harness.ts';
import { bearer, isolate, login, soundToken } from './support/jwt-shop.ts';
import { type IssuerFate, type IssuerKey, newKey } from './support/test-issuer.ts';

useKeptQueue();

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

let key: IssuerKey;

/** A deployment that knows no issuer yet. */
beforeEach(async () => {
  await env.DB.exec('DELETE FROM issuer_keys');
  login.published = [];
  key = await login.addKey('first');
  login.fate = 'answers';
  login.asked.length = 0;
});

type Isolate = ReturnType<typeof isolate>;

async function statusWith({ ask }: Isolate, signedBy = key, kid = signedBy.kid): Promise<number> {
  const response = await ask(bearer(await soundToken(signedBy, {}, { kid })));
  await response.body?.cancel();
  return response.status;
}

/** Requests for the key set itself. */
const asked = () => login.asked.filter((url) => url.endsWith('/keys')).length;

interface StoredRow {
  readonly key_set: string;
  readonly fetched_at: number;
}

const stored = async () => {
  const [row] = await rowsOf<StoredRow>(
    `SELECT key_set, fetched_at FROM issuer_keys WHERE issuer = '${login.url}'`,
  );
  return row;
};

/** Tokens are signed at the skewed time; ticks are at every minute of it. */
async function pass(ms: number, ticking: Isolate): Promise<void> {
  faults.clockSkewMs += ms;
  await ticking.tick(4 * Math.floor((Date.now() + faults.clockSkewMs) / (4 * MINUTE_MS)));
}

const FAILURES: IssuerFate[] = [
  ...(['down', 'fails', 'lies', 'bare', 'huge', 'redirects', 'prose', 'no-keys'] as const),
];

describe('EN4 an issuer that is in trouble', () => {
  test.each(FAILURES)(
    '%s: its known keys are used for 24 hours, then nothing is guessed',
    async (fate) => {
      const one = isolate();
      expect(await statusWith(one)).toBe(200);
      login.fate = fate;
      await pass(12 * HOUR_MS, one);
      expect(await statusWith(one)).toBe(200);
      await pass(12 * HOUR_MS - 1_000, one);
      expect(await statusWith(isolate())).toBe(200);
      expect(await statusWith(one)).toBe(200);
      expect(faults.log).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          operation: 'fetch-issuer-keys',
          issuer: login.url,
        }),
      );
      await pass(2 * HOUR_MS, one);
      const response = await one.ask(bearer(await soundToken(key)));
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.body?.cancel();
      login.fate = 'answers';
      await pass(MINUTE_MS, one);
      expect(await statusWith(isolate())).toBe(200);
    },
  );

  test.each(['hangs', 'slow'] as const)('%s: it is left after five seconds', async (fate) => {
    const one = isolate();
    expect(await statusWith(one)).toBe(200);
    login.fate = fate;
    const begunMs = Date.now();
    await pass(HOUR_MS, one);
    expect(Date.now() - begunMs).toBeLessThan(9_000);
    expect(await statusWith(one)).toBe(200);
  });

  test.each(FAILURES)(
    '%s from the beginning: nothing is guessed, and it is asked once in 30 seconds',
    async (fate) => {
      login.fate = fate;
      const before = login.asked.length;
      for (const one of [isolate(), isolate()]) {
        for (let request = 0; request < 3; request++) expect(await statusWith(one)).toBe(503);
      }
      expect(login.asked.length - before).toBeLessThanOrEqual(1);
      login.fate = 'answers';
      faults.clockSkewMs += 30_000;
      expect(await statusWith(isolate())).toBe(200);
    },
  );
});

describe('EN4 a key that the issuer withdrew', () => {
  test('lets nothing in after ten minutes, also a token that was verified with it', async () => {
    const isolates = [isolate(), isolate()];
    const cron = isolate();
    const token = bearer(await soundToken(key));
    for (const { ask } of isolates) expect((await ask(token)).status).toBe(200);
    const next = await login.addKey('next');
    login.withdraw(key);
    for (let minute = 0; minute < 10; minute++) {
      faults.clockSkewMs += MINUTE_MS;
      await cron.tick(Math.floor((Date.now() + faults.clockSkewMs) / MINUTE_MS));
      // Kept fresh all the time: what an isolate knows grows as old as it can.
      for (const { ask } of isolates) await (await ask(token)).body?.cancel();
    }
    for (const { ask } of isolates) expect((await ask(token)).status).toBe(401);
    for (const one of [...isolates, isolate()]) {
      expect(await statusWith(one)).toBe(401);
      expect(await statusWith(one, next)).toBe(200);
    }
  });
});

describe('EN4 keys that are unknown', () => {
  test('cost one request to the issuer in 30 seconds, and few to D1, however many isolates see them', async () => {
    const isolates = [isolate(), isolate(), isolate()];
    for (const one of isolates) expect(await statusWith(one)).toBe(200);
    const before = asked();
    let trips = 0;
    faults.beforeTrip = () => {
      trips += 1;
    };
    faults.clockSkewMs += 30_000;
    for (let round = 0; round < 5; round++) {
      for (const one of isolates) expect(await statusWith(one, key, `unknown-${round}`)).toBe(401);
    }
    expect(asked() - before).toBe(1);
    expect(trips).toBeLessThanOrEqual(3 + 2 * isolates.length);
    faults.clockSkewMs += 30_000;
    for (const one of isolates) expect(await statusWith(one, key, 'unknown')).toBe(401);
    expect(asked() - before).toBe(2);
  });

  test('that the issuer has meanwhile let their bearers in at once', async () => {
    const isolates = [isolate(), isolate()];
    for (const one of isolates) expect(await statusWith(one)).toBe(200);
    faults.clockSkewMs += 30_000;
    const next = await login.addKey('next');
    for (const one of isolates) expect(await statusWith(one, next)).toBe(200);
  });

  test('are not refused for an issuer that could not be asked', async () => {
    const one = isolate();
    expect(await statusWith(one)).toBe(200);
    login.fate = 'down';
    faults.clockSkewMs += 30_000;
    expect(await statusWith(one, key, 'unknown')).toBe(503);
    expect(await statusWith(one)).toBe(200);
  });

  test('at the same moment cost one request too', async () => {
    const isolates = Array.from({ length: 8 }, () => isolate());
    const statuses = await Promise.all(isolates.map((one) => statusWith(one)));
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses).toContain(200);
    expect(asked()).toBe(1);
  });
});

describe('JW1 a round of the cron', () => {
  test('asks each issuer every four minutes', async () => {
    const one = isolate();
    for (let minute = 0; minute < 8; minute++) await one.tick(minute);
    expect(asked()).toBe(2);
  });

  test('writes when the keys changed, and once an hour', async () => {
    const one = isolate();
    await one.tick();
    const first = await stored();
    faults.clockSkewMs += HOUR_MS - MINUTE_MS;
    await one.tick();
    expect(await stored()).toEqual(first);
    faults.clockSkewMs += MINUTE_MS;
    await one.tick();
    const second = await stored();
    expect(second?.fetched_at).toBeGreaterThan(first?.fetched_at ?? Infinity);
    await login.addKey('next');
    await one.tick();
    expect((await stored())?.key_set).toContain('"next"');
  });

  test('that fails is not a failure of the others', async () => {
    login.fate = 'down';
    await expect(isolate().tick()).resolves.toBeUndefined();
  });
});

describe('JW2 of what an issuer publishes', () => {
  test('only public keys that verify signatures are kept, and none of their private parts', async () => {
    const [secret, encrypting] = [await newKey('secret'), await newKey('encrypting')];
    login.published.push(
      { ...secret.jwk, d: 'private' },
      { ...encrypting.jwk, use: 'enc' },
      { kid: 'shared', kty: 'oct', k: 'c2VjcmV0' },
      { ...secret.jwk, kid: '' },
    );
    const one = isolate();
    expect(await statusWith(one)).toBe(200);
    expect(await statusWith(one, secret)).toBe(401);
    expect(await statusWith(one, encrypting)).toBe(401);
    expect((await stored())?.key_set).not.toMatch(/private|shared|encrypting/);
  });

  test('an empty list is what it says', async () => {
    const one = isolate();
    expect(await statusWith(one)).toBe(200);
    login.published = [];
    await pass(6 * MINUTE_MS, one);
    expect(await statusWith(one)).toBe(401);
  });
});

describe('JW3 while D1 is down', () => {
  const down = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };

  test('an isolate goes on with the keys that it has read; another one guesses nothing', async () => {
    const one = isolate();
    expect(await statusWith(one)).toBe(200);
    faults.beforeTrip = down;
    faults.clockSkewMs += 10 * MINUTE_MS;
    expect(await statusWith(one)).toBe(200);
    expect(await statusWith(isolate())).toBe(503);
  });
});
