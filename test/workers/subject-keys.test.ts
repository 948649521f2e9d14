/** The keys of subjects: made once, copied to D1, kept for a minute, and gone for good when their subject is forgotten. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { SUBJECT_KEY_KEPT_MS } from '../../worker/personal/subject-keys.ts';
import { billOf } from './support/bill.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  deliver,
  env,
  evict,
  keptMessages,
  objectOf,
  useKeptQueue,
} from './support/harness.ts';
import { ciphertext, copiesOf, newKeys, opening, sealing } from './support/subjects.ts';

useKeptQueue();

function command(name: string, data: object = { reason: 'asked' }) {
  return { name, data, fingerprint: name, actor: 'user:officer' };
}

async function forget(subject: string): Promise<void> {
  const [outcome] = await aggregateOf(`ledge.subject/${subject}`).execute([
    command('ForgetSubject'),
  ]);
  expect(outcome).toMatchObject({ outcome: 'accepted' });
  // The object sends it after its answer.
  const isSent = () => faults.messages.some((message) => message.includes('SubjectForgotten'));
  await vi.waitFor(() => expect(isSent()).toBe(true));
}

async function deliverAll(): Promise<void> {
  const { retried } = await deliver(keptMessages());
  expect(retried).toEqual([]);
}

// Before its first batch a tenant has no copies.
beforeAll(async () => {
  await sealing('first');
  await deliverAll();
});

test('PD5 many doors at once make one key, and it is the same after an eviction', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => sealing('pd5')));
  const texts = new Set(await Promise.all(keys.map(ciphertext)));
  expect(texts.size).toBe(1);
  await evict('ledge.subject/pd5');
  expect(texts).toContain(await ciphertext(await sealing('pd5')));
  expect(await aggregateOf('ledge.subject/pd5').headVersion()).toBe(1);
});

test('PD20 subjects, and tenants, have different keys', async () => {
  const keys = newKeys();
  const other = await sealing('pd6-a', { keys, tenant: 'pd6-tenant' });
  const texts = await Promise.all([
    ciphertext(await sealing('pd6-a', { keys })),
    ciphertext(await sealing('pd6-b', { keys })),
    ciphertext(other),
  ]);
  expect(new Set(texts).size).toBe(3);
});

describe('PD21 the cost of a subject', () => {
  test('is 4 rows in its object once and its 4 tables, 2 in the journal, and a copy; then a warm isolate asks nothing', async () => {
    const keys = newKeys();
    const bill = await billOf('ledge.subject/pd7');
    await sealing('pd7', { keys });
    expect(bill.read().rowsWritten).toBe(4 + 4);
    expect(await copiesOf('pd7')).toMatchObject([{ incarnation: 1 }]);

    faults.rowsWritten = 0;
    await deliverAll();
    expect(faults.rowsWritten).toBe(2);
    bill.reset();
    await runDurableObjectAlarm(objectOf('ledge.subject/pd7'));
    bill.reset();
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    for (let time = 0; time < 10; time++) await sealing('pd7', { keys });
    expect(trips).toBe(0);
    await sealing('pd7');
    expect(trips).toBe(1);
    expect(bill.read()).toMatchObject({ rowsWritten: 0, rowsRead: 0 });
  });

  test('is one statement of D1 for a list of a hundred', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `pd7-list-${index}`);
    for (const name of names) await sealing(name);
    const wanted = names.map((subject) => ({ subject, incarnation: 1 }));
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    faults.rowsRead = 0;
    const keys = newKeys();
    expect((await keys.forOpening(env, 'main', wanted)).size).toBe(100);
    expect(trips).toBe(1);
    expect(faults.rowsRead).toBeLessThanOrEqual(201);
    expect((await keys.forOpening(env, 'main', wanted)).size).toBe(100);
    expect(trips).toBe(1);
  });
});

describe('PD2 a forgotten subject', () => {
  test('has no key in its object from then on, none in D1 once that has the event, and none in an isolate a minute later', async () => {
    const warm = newKeys();
    const before = await ciphertext(await sealing('pd2', { keys: warm }));
    await deliverAll();
    await forget('pd2');
    expect(await aggregateOf('ledge.subject/pd2').countSubjectKeys()).toBe(0);
    await deliverAll();
    expect(await copiesOf('pd2')).toEqual([{ incarnation: 1, wrapped: null }]);
    expect(await opening('pd2')).toBeUndefined();
    expect(await newKeys().forSealing(env, 'main', 'pd2')).toBe('forgotten');

    expect(await ciphertext(await opening('pd2', { keys: warm }))).toBe(before);
    faults.clockSkewMs += SUBJECT_KEY_KEPT_MS;
    expect(await opening('pd2', { keys: warm })).toBeUndefined();
    expect(await warm.forSealing(env, 'main', 'pd2')).toBe('forgotten');
  });

  test('is forgotten also where D1 has no copy, while nothing is delivered, and after an eviction', async () => {
    await sealing('pd2-late');
    await forget('pd2-late');
    await env.DB.exec('DELETE FROM subject_key');
    await evict('ledge.subject/pd2-late');
    expect(await opening('pd2-late')).toBeUndefined();
    expect(await copiesOf('pd2-late')).toEqual([{ incarnation: 1, wrapped: null }]);
  });

  test('gets no copy of its key by an isolate that had read it before', async () => {
    await sealing('pd2-race');
    await env.DB.exec('DELETE FROM subject_key');
    await deliverAll();
    // Between the answer of the object and the write of the copy.
    let trips = 0;
    faults.beforeTrip = async () => {
      trips++;
      if (trips !== 2) return;
      await forget('pd2-race');
      await deliverAll();
    };
    const raced = await newKeys().forSealing(env, 'main', 'pd2-race');
    expect(raced).toMatchObject({ outcome: 'unavailable' });
    faults.beforeTrip = () => undefined;
    expect(await copiesOf('pd2-race')).toEqual([{ incarnation: 1, wrapped: null }]);
    // The same where the row of the forgetting was emptied with the cache.
    await sealing('pd2-empty');
    await deliverAll();
    await env.DB.exec('DELETE FROM subject_key');
    trips = 0;
    faults.beforeTrip = async () => {
      trips++;
      if (trips !== 2) return;
      await forget('pd2-empty');
      await deliverAll();
      await env.DB.exec('DELETE FROM subject_key');
    };
    expect(await opening('pd2-empty')).toBeUndefined();
    faults.beforeTrip = () => undefined;
    expect(await copiesOf('pd2-empty')).toEqual([]);
  });

  test('is authorized again by a recorded word alone, with another key; what was sealed before stays closed', async () => {
    const first = await ciphertext(await sealing('pd4'));
    await forget('pd4');
    await deliverAll();
    const object = aggregateOf('ledge.subject/pd4');
    expect(await object.subjectKey(command('RegisterSubject', {}))).toMatchObject({
      wrapped: null,
    });
    expect(await newKeys().forSealing(env, 'main', 'pd4')).toBe('forgotten');
    expect(await object.subjectKey(command('AuthorizeSubject'))).toMatchObject({ incarnation: 2 });
    expect(await ciphertext(await sealing('pd4'))).not.toBe(first);
    expect(await opening('pd4')).toBeUndefined();
    expect(await opening('pd4', { incarnation: 2 })).toBeDefined();
    await deliverAll();
    expect(await opening('pd4')).toBeUndefined();
    expect(await opening('pd4', { incarnation: 2 })).toBeDefined();
  });
});

test('PD22 with D1 down a field is sealed and opened by its subject’s object, and a subject that is unknown gets no key', async () => {
  const text = await ciphertext(await sealing('pd8'));
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  expect(await ciphertext(await sealing('pd8'))).toBe(text);
  expect(await opening('pd8')).toBeDefined();
  expect(await opening('pd8-unknown')).toBeUndefined();
  expect(await aggregateOf('ledge.subject/pd8-unknown').headVersion()).toBe(0);
});
