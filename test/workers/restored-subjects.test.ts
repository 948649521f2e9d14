/** What a restore brings back of a forgotten subject: nothing, whether D1 or the subject's object was restored. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { SubjectKeys } from '../../worker/personal/subject-keys.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { ask, deliver, OPERATOR, provision, sending } from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { aggregateOf, env, objectOf, rowsOf, useKeptQueue } from './support/harness.ts';
import { type AskRestore, restoredDatabase, savedDatabase } from './support/restored-database.ts';
import { putBack, savedObject } from './support/restored-object.ts';
import { withSecrets } from './support/rotated-secrets.ts';
import { ciphertext, copiesOf, newKeys, opening, sealing } from './support/subjects.ts';

useKeptQueue();

const reason = 'She asked for it.';

async function forget(tenant: string, subject: string): Promise<void> {
  const path = `/v1/subjects/${subject}/forget`;
  const asked = await ask(`${tenant}.officer.operator`, path, sending({ reason }));
  expect(asked).toMatchObject({ status: 200 });
}

const askRestore: AskRestore = async (path, input) => {
  const { status, body } = await ask(OPERATOR, `/v1/restore/${path}`, sending(input));
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
};

describe('PD27 a forgotten subject stays forgotten', () => {
  test.each([
    ['before it was forgotten', 'pd13-after', true],
    ['before it had a key', 'pd13-before', false],
  ])('when D1 is restored to a time %s', async (_name, tenant, isKnown) => {
    await provision(tenant);
    await sealing('first', { tenant });
    await deliver();
    if (isKnown) {
      await sealing('ann', { tenant });
      await deliver();
    }
    const back = await savedDatabase();
    if (!isKnown) await sealing('ann', { tenant });
    const kept = await ciphertext(await sealing('first', { tenant }));
    await forget(tenant, 'ann');
    expect(await copiesOf('ann')).toContainEqual({ incarnation: 1, wrapped: null });
    const bring = await restoredDatabase(askRestore, async () => {
      await back();
      expect((await copiesOf('ann')).some(({ wrapped }) => wrapped !== null)).toBe(isKnown);
    });
    expect(await rowsOf('SELECT * FROM subject_key')).toEqual([]);
    expect(await opening('ann', { tenant })).toBeUndefined();
    await bring();
    expect(await copiesOf('ann')).toContainEqual({ incarnation: 1, wrapped: null });
    expect(await opening('ann', { tenant })).toBeUndefined();
    expect(await newKeys().forSealing(env, tenant, 'ann')).toBe('forgotten');
    expect(await ciphertext(await opening('first', { tenant }))).toBe(kept);
    expect(await ask(`${tenant}.officer.operator`, '/v1/subjects/ann')).toMatchObject({
      body: { receipt: { objectKeys: 0, copies: 0, confirmed: true } },
    });
  });

  test('when the platform restores its object, also where D1 has no copies', async () => {
    const tenant = 'pd13-object';
    await provision(tenant);
    await sealing('ann', { tenant });
    await deliver();
    const before = await savedObject('ledge.subject/ann', tenant);
    await forget(tenant, 'ann');
    await deliver();
    await putBack('ledge.subject/ann', before, tenant);
    await env.DB.exec('DELETE FROM subject_key');
    expect(await aggregateOf('ledge.subject/ann', tenant).countSubjectKeys()).toBe(1);

    expect(await opening('ann', { tenant })).toBeUndefined();
    faults.clockSkewMs += 60_000;
    await runDurableObjectAlarm(objectOf('ledge.subject/ann', tenant));
    expect(await aggregateOf('ledge.subject/ann', tenant).countSubjectKeys()).toBe(0);
    expect(await newKeys().forSealing(env, tenant, 'ann')).toBe('forgotten');
  });

  test('and a subject whose key was lost with its object gets no second one', async () => {
    const tenant = 'pd13-lost';
    await provision(tenant);
    await sealing('first', { tenant });
    await deliver();
    const before = await savedObject('ledge.subject/ann', tenant);
    await sealing('ann', { tenant });
    await deliver();
    await putBack('ledge.subject/ann', before, tenant);
    await env.DB.exec('DELETE FROM subject_key');
    await aggregateOf('ledge.subject/ann', tenant).recover();
    await aggregateOf('ledge.subject/ann', tenant).recover();
    const asked = newKeys().forSealing(env, tenant, 'ann');
    await expect(asked).rejects.toThrow('The key of the subject is missing');
    expect(await opening('ann', { tenant })).toBeUndefined();
    await forget(tenant, 'ann');
    expect(await newKeys().forSealing(env, tenant, 'ann')).toBe('forgotten');
  });
});

describe('PD28 another LEDGE_PERSONAL_KEY', () => {
  async function opened(own: LedgeEnv): Promise<string | undefined> {
    const keys = SubjectKeys.of(machineryFor(testApp, faultyPlatform));
    const [key] = (
      await keys.forOpening(own, 'pd14', [{ subject: 'rita', incarnation: 1 }])
    ).values();
    return key && ciphertext(key);
  }

  test('wraps keys again as they are read, in the objects too; then the one before is not needed', async () => {
    await provision('pd14');
    const first = String(env.LEDGE_PERSONAL_KEY);
    const second = `another ${first}`;
    await sealing('first', { tenant: 'pd14' });
    await deliver();
    const key = await ciphertext(await sealing('rita', { tenant: 'pd14' }));
    const [before] = await copiesOf('rita');
    // Without the one before nothing opens, and nothing is made in its place.
    expect(await opened(withSecrets(second))).toBeUndefined();
    expect(await copiesOf('rita')).toEqual([before]);

    expect(await opened(withSecrets(second, first))).toBe(key);
    const [after] = await copiesOf('rita');
    expect(after?.wrapped?.split('.')[0]).not.toBe(before?.wrapped?.split('.')[0]);
    expect(await opened(withSecrets(second))).toBe(key);
    await env.DB.exec('DELETE FROM subject_key');
    expect(await opened(withSecrets(second))).toBe(key);
  });
});
