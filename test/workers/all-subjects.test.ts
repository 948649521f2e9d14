/** What an operator of the deployment does with the subjects of all tenants: listed, and forgotten again after a restore. */
import { describe, expect, test } from 'vitest';
import { rewrapKeys } from '../../worker/personal/rewrap-keys.ts';
import { subjectAddress } from '../../worker/personal/subject-object.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import {
  ADMIN,
  type Answered,
  ask,
  bindings,
  deliver,
  isolate,
  OPERATOR,
  provision,
  sending,
} from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { aggregateOf, env, rowsOf, useKeptQueue } from './support/harness.ts';
import { withSecrets } from './support/rotated-secrets.ts';
import { copiesOf, opening, sealing } from './support/subjects.ts';

useKeptQueue();

const reason = 'She asked for it.';

/** As the officer of a tenant. */
function on(tenant: string, path: string, input: object = { reason }): Promise<Answered> {
  return ask(`${tenant}.officer.operator`, `/v1/subjects/${path}`, sending(input));
}

function all(operation: string, input: object, env = bindings, token = OPERATOR) {
  return ask(token, `/v1/all-subjects/${operation}`, sending(input), isolate(), env);
}

function listed(tenant: string, ...subjects: readonly string[]): Promise<Answered> {
  const named = subjects.map((subject) => ({ tenant, subject }));
  return all('forgotten', { subjects: named });
}

const at = '2026-11-01T10:00:00.000Z';

function forgetAgain(tenant: string, subject: string, incarnation = 1): Promise<Answered> {
  const one = { tenant, subject, incarnation, forgottenAt: at, reason };
  return all('forget', { subjects: [one] });
}

/** The objects of these subjects do not answer. */
function without(...subjects: readonly string[]): typeof bindings {
  const { AGGREGATE } = bindings;
  const getByName = (name: string) => {
    if (subjects.some((one) => name.endsWith(`/${one}`))) throw new Error('Not now.');
    return AGGREGATE.getByName(name);
  };
  return { ...bindings, AGGREGATE: { getByName } } as unknown as typeof bindings;
}

describe('PD33 the register of forgettings', () => {
  test('has each forgotten subject with its time, its reason and its receipt', async () => {
    await provision('reg');
    for (const subject of ['ann', 'ben', 'cleo']) await sealing(subject, { tenant: 'reg' });
    await on('reg', 'ann/forget');
    await on('reg', 'ben/hold');
    const { status, body } = await listed('reg', 'ann', 'ben', 'cleo', 'nobody');
    const shown = await ask('reg.officer.operator', '/v1/subjects/ann');
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        forgotten: [
          {
            ...{ tenant: 'reg', subject: 'ann', incarnation: 1, reason },
            ...{ forgottenAt: expect.any(String), forgottenBy: 'user:officer' },
            receipt: expect.any(String),
          },
        ],
        left: [],
      },
    });
    const [{ receipt }] = body.forgotten as [{ receipt: string }];
    expect(await on('reg', 'ann/verify-receipt', { receipt })).toMatchObject({
      body: { valid: true },
    });
    expect(shown.body.history).toMatchObject([
      { at: (body.forgotten as [{ forgottenAt: string }])[0].forgottenAt },
      {},
    ]);
  });

  test('has the newest destroyed key of a subject with another one, however much has happened since', async () => {
    await provision('reg-again');
    await sealing('ann', { tenant: 'reg-again' });
    for (let time = 0; time < 2; time++) {
      await on('reg-again', 'ann/forget');
      await on('reg-again', 'ann/authorize');
    }
    const subject = aggregateOf('ledge.subject/ann', 'reg-again');
    const holds = Array.from({ length: 120 }, (_, index) => ({
      name: 'HoldSubject',
      ...{ data: { reason: `${index}` }, fingerprint: 'h', actor: 'user:officer' },
    }));
    await subject.execute(holds);
    expect((await listed('reg-again', 'ann')).body).toMatchObject({
      forgotten: [{ subject: 'ann', incarnation: 2, receipt: null }],
    });
  });

  test('names a subject whose object does not answer', async () => {
    await provision('reg-left');
    for (const subject of ['ann', 'ben']) {
      await sealing(subject, { tenant: 'reg-left' });
      await on('reg-left', `${subject}/forget`);
    }
    const subjects = ['ann', 'ben'].map((subject) => ({ tenant: 'reg-left', subject }));
    expect((await all('forgotten', { subjects }, without('ann'))).body).toMatchObject({
      forgotten: [{ subject: 'ben' }],
      left: [{ tenant: 'reg-left', subject: 'ann', because: 'Error: Not now.' }],
    });
  });
});

describe('PD32 what a register has is forgotten again', () => {
  test('held or not, known or not, once', async () => {
    await provision('again');
    for (const subject of ['ann', 'ben']) await sealing(subject, { tenant: 'again' });
    await deliver();
    await on('again', 'ben/hold');
    for (const subject of ['ann', 'ben', 'dora']) {
      for (const changed of [true, false]) {
        expect((await forgetAgain('again', subject)).body).toEqual({
          subjects: [{ tenant: 'again', subject, state: 'forgotten', changed }],
        });
      }
      expect(await aggregateOf(`ledge.subject/${subject}`, 'again').countSubjectKeys()).toBe(0);
    }
    await deliver();
    expect(await opening('ann', { tenant: 'again' })).toBeUndefined();
    const shown = await ask('again.officer.operator', '/v1/subjects/ann');
    expect(shown.body).toMatchObject({
      status: 'forgotten',
      history: [{ by: 'user:root', reason: expect.stringContaining(at) }, {}],
    });
  });

  test('but for one with a newer key', async () => {
    await provision('newer');
    await sealing('ann', { tenant: 'newer' });
    await on('newer', 'ann/forget');
    await on('newer', 'ann/authorize');
    expect((await forgetAgain('newer', 'ann')).body).toMatchObject({
      subjects: [{ state: 'newer', changed: false }],
    });
    expect(await opening('ann', { tenant: 'newer', incarnation: 2 })).toBeDefined();
    expect((await forgetAgain('newer', 'ann', 2)).body).toMatchObject({
      subjects: [{ state: 'forgotten', changed: true }],
    });
  });

  test('and one that fails is named', async () => {
    await provision('failing');
    await sealing('ann', { tenant: 'failing' });
    const one = { tenant: 'failing', subject: 'ann', incarnation: 1, forgottenAt: at, reason };
    expect((await all('forget', { subjects: [one] }, without('ann'))).body).toMatchObject({
      subjects: [{ subject: 'ann', state: 'failed', changed: false, because: 'Error: Not now.' }],
    });
  });
});

describe('PD34 keys are wrapped again', () => {
  const first = String(env.LEDGE_PERSONAL_KEY);
  const second = `another ${first}`;
  const machinery = machineryFor(testApp, faultyPlatform);

  function named(...subjects: readonly string[]) {
    return subjects.map((subject) => ({ tenant: 'rewrap', subject }));
  }

  test('by their objects, with their copies in D1, after which the secret before opens nothing', async () => {
    await provision('rewrap');
    for (const subject of ['rw-ann', 'rw-ben', 'rw-cleo'])
      await sealing(subject, { tenant: 'rewrap' });
    await on('rewrap', 'rw-cleo/forget');
    await deliver();
    for (const subject of ['rw-ann', 'rw-ben']) await opening(subject, { tenant: 'rewrap' });
    const before = await copiesOf('rw-ann');
    const subjects = named('rw-ann', 'rw-ben', 'rw-cleo', 'nobody');
    const counts = { keys: 2, forgotten: 1, unknown: 1, left: [] };
    const rotated = withSecrets(second, first);
    const answer = await rewrapKeys(machinery, rotated, subjects);
    expect(answer).toEqual({ secret: expect.any(String), ...counts });
    const [after] = await copiesOf('rw-ann');
    expect(after?.wrapped).not.toBe(before[0]?.wrapped);
    expect(after?.wrapped).toMatch(new RegExp(`^${answer.secret}\\.`));
    expect(await rewrapKeys(machinery, withSecrets(second), subjects)).toEqual(answer);
    const late = await rewrapKeys(machinery, withSecrets(first), named('rw-ann'));
    expect(late).toMatchObject({ keys: 0, left: [{ because: expect.stringContaining('secret') }] });
    expect(late.secret).not.toBe(answer.secret);
    // Back to the secret of the other tests.
    await rewrapKeys(machinery, withSecrets(first, second), named('rw-ann', 'rw-ben'));
  });

  test('but for those whose objects go on with the secret before, or have less than the journal', async () => {
    await provision('rewrap-left');
    await sealing('ann', { tenant: 'rewrap-left' });
    await deliver();
    const subjects = [{ tenant: 'rewrap-left', subject: 'ann' }];
    const old = { ...env, LEDGE_PERSONAL_KEY: second, LEDGE_PERSONAL_KEY_PREVIOUS: first };
    expect(await rewrapKeys(machinery, old, subjects)).toMatchObject({
      ...{ keys: 0, left: [{ subject: 'ann', because: expect.stringContaining('deployment') }] },
    });
    await rowsOf("UPDATE checkpoint SET version = 9 WHERE tenant = 'rewrap-left'");
    expect(await rewrapKeys(machinery, env, subjects)).toMatchObject({
      ...{ keys: 0, left: [{ subject: 'ann', because: expect.stringContaining('less') }] },
    });
  });

  test('at a cost of one request to each object, and two statements of D1 for each tenant', async () => {
    await provision('rewrap-cost');
    const subjects = Array.from({ length: 50 }, (_, index) => `s-${index}`);
    for (const subject of subjects) await sealing(subject, { tenant: 'rewrap-cost' });
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    const own = subjects.map((subject) => ({ tenant: 'rewrap-cost', subject }));
    expect(await rewrapKeys(machinery, env, own)).toMatchObject({ keys: 50, left: [] });
    expect(trips).toBe(1);
  });
});

test('PD33 the subjects of all tenants are those of an operator of the deployment, and each request is in its audit trail', async () => {
  await provision('own');
  const { tenant, id: subject } = subjectAddress('own', 'ann');
  const inputs = {
    forgotten: { subjects: [{ tenant, subject }] },
    forget: { subjects: [] },
    rewrap: { subjects: [{ tenant, subject }] },
  };
  for (const [operation, input] of Object.entries(inputs)) {
    for (const token of ['own.officer.operator', ADMIN, 'ledge.m.monitor']) {
      expect((await all(operation, input, bindings, token)).status).toBe(403);
    }
    expect((await all(operation, input)).status).toBe(200);
    const { body } = await ask(OPERATOR, '/v1/audit?limit=2');
    expect(JSON.stringify(body)).toContain(`POST /v1/all-subjects/${operation}`);
  }
});
