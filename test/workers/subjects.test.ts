/** What a privacy officer does with subjects: forget, hold, release, authorize again, and the receipt. */
import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { projectorFor } from '../../worker/projector/projector.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import {
  ADMIN,
  type Answered,
  ask,
  bindings,
  deliver,
  isolate,
  operate,
  provision,
  sending,
} from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import {
  aggregateOf,
  env,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import { SECRET } from './support/secret.ts';
import { ciphertext, copiesOf, opening, sealing } from './support/subjects.ts';

useKeptQueue();

const reason = 'She asked for it on 3 March.';

/** An officer's request about a subject of its tenant. */
function on(tenant: string, path: string, input?: object, worker = isolate()): Promise<Answered> {
  const init = input && sending(input);
  return ask(`${tenant}.officer.operator`, `/v1/subjects/${path}`, init, worker);
}

describe('PD2 a forgotten subject', () => {
  test('is readable nowhere at once, though the queue delivers nothing', async () => {
    await provision('pd2');
    const key = await ciphertext(await sealing('ann', { tenant: 'pd2' }));
    await deliver();
    expect(await ciphertext(await opening('ann', { tenant: 'pd2' }))).toBe(key);
    expect(await on('pd2', 'ann/forget', { reason })).toMatchObject({
      status: 200,
      body: { status: 'forgotten', receipt: { objectKeys: 0, copies: 0, confirmed: true } },
    });
    expect(await opening('ann', { tenant: 'pd2' })).toBeUndefined();
    await evictDurableObject(objectOf('ledge.subject/ann', 'pd2'));
    expect(await opening('ann', { tenant: 'pd2' })).toBeUndefined();
    expect(await deliver()).toBe(0);
    const [events] = await rowsOf<{ count: number }>(
      "SELECT count(*) AS count FROM journal WHERE tenant = 'pd2' AND type = 'SubjectForgotten'",
    );
    expect(events?.count).toBe(1);
  });

  test('is forgotten while D1 is down, and D1 follows by the alarm of its object alone', async () => {
    await provision('pd2-down');
    await sealing('ben', { tenant: 'pd2-down' });
    await deliver();
    await sealing('ben', { tenant: 'pd2-down' });
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect(await on('pd2-down', 'ben/forget', { reason })).toMatchObject({ status: 503 });
    faults.beforeTrip = () => undefined;
    expect(await aggregateOf('ledge.subject/ben', 'pd2-down').countSubjectKeys()).toBe(0);
    expect(await copiesOf('ben')).toMatchObject([{ wrapped: expect.any(String) }]);
    // The message of the forgetting is lost.
    keptMessages();
    faults.clockSkewMs += 16 * 60_000;
    await runDurableObjectAlarm(objectOf('ledge.subject/ben', 'pd2-down'));
    expect(await deliver()).toBe(0);
    expect(await copiesOf('ben')).toEqual([{ incarnation: 1, wrapped: null }]);
    expect(await on('pd2-down', 'ben')).toMatchObject({ body: { receipt: { confirmed: true } } });
  });

  test('is forgotten once, whatever is repeated; another one is unknown, also in another tenant', async () => {
    await provision('pd2-once', 'pd2-other');
    await sealing('eve', { tenant: 'pd2-once' });
    await on('pd2-once', 'eve/forget', { reason });
    const again = await on('pd2-once', 'eve/forget', { reason: 'Another one.' });
    expect(again).toMatchObject({ status: 200, body: { receipt: { reason } } });
    expect(await aggregateOf('ledge.subject/eve', 'pd2-once').headVersion()).toBe(2);
    for (const path of ['eve', 'eve/forget', 'eve/hold', 'eve/authorize']) {
      const input = path === 'eve' ? undefined : { reason };
      expect(await on('pd2-other', path, input)).toMatchObject({ status: 404 });
    }
    expect(await aggregateOf('ledge.subject/eve', 'pd2-other').headVersion()).toBe(0);
  });
});

test('PD23 a legal hold keeps a subject from being forgotten until it is released', async () => {
  await provision('pd9');
  const key = await ciphertext(await sealing('ann', { tenant: 'pd9' }));
  expect(await on('pd9', 'ann/hold', { reason: 'A lawsuit.' })).toMatchObject({
    body: { status: 'held' },
  });
  expect(await on('pd9', 'ann/forget', { reason })).toMatchObject({
    status: 409,
    body: { reason: 'subject-held' },
  });
  expect(await ciphertext(await opening('ann', { tenant: 'pd9' }))).toBe(key);
  expect(await on('pd9', 'ann/release', { reason: 'It is over.' })).toMatchObject({
    body: { status: 'known' },
  });
  expect(await on('pd9', 'ann/forget', { reason })).toMatchObject({ status: 200 });
});

test('PD4 a forgotten subject is authorized again with a reason alone, and gets another key', async () => {
  await provision('pd4');
  await sealing('ann', { tenant: 'pd4' });
  await on('pd4', 'ann/forget', { reason });
  expect(await on('pd4', 'ann/authorize', {})).toMatchObject({ status: 400 });
  expect(await on('pd4', 'ann/authorize', { reason: 'A new contract.' })).toMatchObject({
    status: 200,
    body: {
      status: 'known',
      incarnation: 2,
      history: [
        { type: 'SubjectAuthorized', by: 'user:officer', reason: 'A new contract.' },
        {},
        {},
      ],
      receipt: null,
    },
  });
  expect(await opening('ann', { tenant: 'pd4' })).toBeUndefined();
  expect(await opening('ann', { tenant: 'pd4', incarnation: 2 })).toBeDefined();
});

describe('PD24 the receipt', () => {
  test('says when, by which principal and why, what was read back, and what it does not cover', async () => {
    await provision('pd10');
    await sealing('ann', { tenant: 'pd10' });
    await on('pd10', 'ann/forget', { reason });
    const { body } = await on('pd10', 'ann');
    const [forgotten] = await aggregateOf('ledge.subject/ann', 'pd10').events({
      after: 1,
      limit: 1,
    });
    expect(body).toMatchObject({
      subject: 'ann',
      history: [{ type: 'SubjectForgotten' }, { type: 'SubjectAuthorized' }],
      receipt: {
        ...{ tenant: 'pd10', subject: 'ann', incarnation: 1, reason },
        ...{ forgottenAt: forgotten?.recordedAt, forgottenBy: 'user:officer' },
        ...{ objectKeys: 0, copies: 0, confirmed: true },
        exceptions: expect.arrayContaining([expect.stringContaining('Time Travel of D1')]),
      },
    });
  });

  test('names a copy that is left, and then promises nothing', async () => {
    await provision('pd10-left');
    await sealing('ann', { tenant: 'pd10-left' });
    await on('pd10-left', 'ann/forget', { reason });
    await env.DB.prepare("UPDATE subject_key SET wrapped = 'x' WHERE tenant = 'pd10-left'").run();
    expect(await on('pd10-left', 'ann')).toMatchObject({
      body: { receipt: { copies: 1, unreadableFrom: null } },
    });
  });

  test('is signed: what was changed, is of another subject, tenant or deployment is no receipt', async () => {
    await provision('pd10-signed', 'pd10-foreign');
    for (const subject of ['ann', 'ben']) {
      await sealing(subject, { tenant: 'pd10-signed' });
      await on('pd10-signed', `${subject}/forget`, { reason });
    }
    const { body } = await on('pd10-signed', 'ann');
    const receipt = String(body.signedReceipt);
    const verify = (tenant: string, subject: string, text: string) =>
      on(tenant, `${subject}/verify-receipt`, { receipt: text });
    expect(await verify('pd10-signed', 'ann', receipt)).toMatchObject({
      body: { valid: true, receipt: { subject: 'ann', reason } },
    });
    const [text = '', signature] = receipt.split('.');
    const forged = Buffer.from(text, 'base64url').toString().replace('"copies":0', '"copies":9');
    const refused = [
      ['pd10-signed', 'ben', receipt],
      ['pd10-foreign', 'ann', receipt],
      ['pd10-signed', 'ann', `${Buffer.from(forged).toString('base64url')}.${signature}`],
      ['pd10-signed', 'ann', 'no receipt'],
    ] as const;
    for (const [tenant, subject, given] of refused) {
      expect(await verify(tenant, subject, given)).toMatchObject({ body: { valid: false } });
    }
    const other = { ...bindings, LEDGE_SECRET: `another ${SECRET}` };
    const path = '/v1/subjects/ann/verify-receipt';
    const asked = ask('pd10-signed.o.operator', path, sending({ receipt }), isolate(), other);
    expect(await asked).toMatchObject({ body: { valid: false } });
  });
});

test('PD25 subjects need the grant, and what is done is in the audit trail; no reason is logged', async () => {
  await provision('pd11');
  await sealing('ann', { tenant: 'pd11' });
  for (const token of ['pd11.ann', 'pd11.ann.admin', ADMIN]) {
    expect(await ask(token, '/v1/subjects/ann')).toMatchObject({ status: 403 });
    expect(await ask(token, '/v1/subjects/ann/forget', sending({ reason }))).toMatchObject({
      status: 403,
    });
  }
  await on('pd11', 'ann/forget', { reason });
  const day = new Date().toISOString().slice(0, 10);
  const { body } = await ask('pd11.officer.operator', `/v1/audit?day=${day}`);
  expect(body.entries).toContainEqual(
    expect.objectContaining({
      ...{ type: 'OperationRequested', operation: 'POST /v1/subjects/:subject/forget' },
      ...{ target: '/v1/subjects/ann/forget', reason, actor: 'user:officer' },
    }),
  );
  expect(JSON.stringify(faults.log)).not.toMatch(/3 March/);
});

test('PD26 the erasure of a tenant destroys the keys of its subjects first, and counts them', async () => {
  await provision('pd26', 'pd26-other');
  for (const subject of ['ann', 'ben', 'cleo']) await sealing(subject, { tenant: 'pd26' });
  const kept = await ciphertext(await sealing('ann', { tenant: 'pd26-other' }));
  await deliver();
  await on('pd26', 'ben/forget', { reason });
  await on('pd26', 'cleo/hold', { reason });
  const at = new Date(Date.now() + 1_000).toISOString();
  await operate('pd26', 'schedule-erasure', { at, reason });
  faults.clockSkewMs += 1_000;
  // The first part alone.
  await env.DB.batch([
    env.DB.prepare("UPDATE residence SET state = 'erasing' WHERE tenant = 'pd26'"),
    env.DB.prepare("INSERT INTO erasure (tenant) VALUES ('pd26')"),
  ]);
  const machinery = machineryFor(testApp, faultyPlatform);
  expect(
    await eraseSome(projectorFor(machinery, env, machinery.databases.first(env)), 'pd26'),
  ).toBe('more');
  expect(await rowsOf("SELECT * FROM journal WHERE tenant = 'pd26'")).not.toEqual([]);
  for (const subject of ['ann', 'ben', 'cleo']) {
    const asked = aggregateOf(`ledge.subject/${subject}`, 'pd26').subjectKey();
    await expect(Promise.resolve(asked)).rejects.toThrow('The stream was erased');
  }
  let done = await operate('pd26', 'erase');
  for (; done.body.done !== true; done = await operate('pd26', 'erase')) {
    expect(done).toMatchObject({ status: 200 });
  }
  expect(done).toMatchObject({ body: { counts: { subjects: 3 } } });
  expect(await rowsOf("SELECT * FROM subject_key WHERE tenant = 'pd26'")).toEqual([]);
  expect(await ciphertext(await opening('ann', { tenant: 'pd26-other' }))).toBe(kept);
});
