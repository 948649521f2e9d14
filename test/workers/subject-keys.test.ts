/** The keys of subjects: made once, copied to D1, kept for a minute, and gone for good when their subject is forgotten. */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  SUBJECT_KEY_KEPT_MS,
  type SubjectKey,
  SubjectKeys,
  subjectKeyName,
} from '../../worker/personal/subject-keys.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { billOf } from './support/bill.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import {
  aggregateOf,
  deliver,
  env,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

/** The keys of an isolate that knows none yet. */
function isolate(): SubjectKeys {
  return SubjectKeys.of(machineryFor(testApp, faultyPlatform).platform);
}

async function sealed(keys: SubjectKeys, subject: string): Promise<SubjectKey> {
  const key = await keys.forSealing(env, 'main', subject);
  if (key === 'forgotten' || 'outcome' in key) throw new Error(`No key: ${JSON.stringify(key)}`);
  return key;
}

const iv = new Uint8Array(12);
const plain = new TextEncoder().encode('Ann');

async function ciphertext({ key }: SubjectKey): Promise<string> {
  const bytes = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain);
  return Buffer.from(bytes).toString('hex');
}

function command(name: string, data: object = { reason: 'asked' }) {
  return { name, data, fingerprint: name, actor: 'user:officer' };
}

async function forget(subject: string): Promise<void> {
  const [outcome] = await aggregateOf(`ledge.subject/${subject}`).execute([
    command('ForgetSubject'),
  ]);
  expect(outcome).toMatchObject({ outcome: 'accepted' });
}

/** What D1 has of a subject. */
function copiesOf(subject: string): Promise<{ incarnation: number; wrapped: string | null }[]> {
  return rowsOf('SELECT incarnation, wrapped FROM subject_key WHERE subject = ?', subject);
}

async function deliverAll(): Promise<void> {
  const { retried } = await deliver(keptMessages());
  expect(retried).toEqual([]);
}

// Before its first batch a tenant has no copies.
beforeAll(async () => {
  await sealed(isolate(), 'first');
  await deliverAll();
});

test('PD5 many doors at once make one key, and it is the same after an eviction', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => sealed(isolate(), 'pd5')));
  const texts = new Set(await Promise.all(keys.map(ciphertext)));
  expect(texts.size).toBe(1);
  await evict('ledge.subject/pd5');
  expect(texts).toContain(await ciphertext(await sealed(isolate(), 'pd5')));
  expect(await aggregateOf('ledge.subject/pd5').headVersion()).toBe(1);
});

test('PD6 subjects, and tenants, have different keys', async () => {
  const keys = isolate();
  const other = await keys.forSealing(env, 'pd6-tenant', 'pd6-a');
  const texts = await Promise.all([
    ciphertext(await sealed(keys, 'pd6-a')),
    ciphertext(await sealed(keys, 'pd6-b')),
    ciphertext(other as SubjectKey),
  ]);
  expect(new Set(texts).size).toBe(3);
});

/** What opens the key of an incarnation, in an isolate that knows none; undefined: nothing. */
async function opening(subject: string, incarnation = 1, keys = isolate()) {
  const opened = await keys.forOpening(env, 'main', [{ subject, incarnation }]);
  return opened.get(subjectKeyName({ subject, incarnation }));
}

describe('PD7 the cost of a subject', () => {
  test('is 4 rows in its object once and its 4 tables, 2 in the journal, and a copy; then a warm isolate asks nothing', async () => {
    const keys = isolate();
    const bill = await billOf('ledge.subject/pd7');
    await sealed(keys, 'pd7');
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
    for (let time = 0; time < 10; time++) await sealed(keys, 'pd7');
    expect(trips).toBe(0);
    await sealed(isolate(), 'pd7');
    expect(trips).toBe(1);
    expect(bill.read()).toMatchObject({ rowsWritten: 0, rowsRead: 0 });
  });

  test('is one statement of D1 for a list of a hundred', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `pd7-list-${index}`);
    for (const name of names) await sealed(isolate(), name);
    const wanted = names.map((subject) => ({ subject, incarnation: 1 }));
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    faults.rowsRead = 0;
    const keys = isolate();
    expect((await keys.forOpening(env, 'main', wanted)).size).toBe(100);
    expect(trips).toBe(1);
    expect(faults.rowsRead).toBeLessThanOrEqual(201);
    expect((await keys.forOpening(env, 'main', wanted)).size).toBe(100);
    expect(trips).toBe(1);
  });
});

describe('PD2 a forgotten subject', () => {
  test('has no key in its object from then on, none in D1 once that has the event, and none in an isolate a minute later', async () => {
    const warm = isolate();
    const before = await ciphertext(await sealed(warm, 'pd2'));
    await deliverAll();
    await forget('pd2');
    expect(await aggregateOf('ledge.subject/pd2').countSubjectKeys()).toBe(0);
    await deliverAll();
    expect(await copiesOf('pd2')).toEqual([{ incarnation: 1, wrapped: null }]);
    expect(await opening('pd2')).toBeUndefined();
    expect(await isolate().forSealing(env, 'main', 'pd2')).toBe('forgotten');

    expect(await ciphertext((await opening('pd2', 1, warm)) as SubjectKey)).toBe(before);
    faults.clockSkewMs += SUBJECT_KEY_KEPT_MS;
    expect(await opening('pd2', 1, warm)).toBeUndefined();
    expect(await warm.forSealing(env, 'main', 'pd2')).toBe('forgotten');
  });

  test('is forgotten also where D1 has no copy, while nothing is delivered, and after an eviction', async () => {
    await sealed(isolate(), 'pd2-late');
    await forget('pd2-late');
    await env.DB.exec('DELETE FROM subject_key');
    await evict('ledge.subject/pd2-late');
    expect(await opening('pd2-late')).toBeUndefined();
    expect(await copiesOf('pd2-late')).toEqual([{ incarnation: 1, wrapped: null }]);
  });

  test('gets no copy of its key by an isolate that had read it before', async () => {
    await sealed(isolate(), 'pd2-race');
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
    await sealed(isolate(), 'pd2-race');
    faults.beforeTrip = () => undefined;
    expect(await copiesOf('pd2-race')).toEqual([{ incarnation: 1, wrapped: null }]);
    // The same where the row of the forgetting was emptied with the cache.
    await sealed(isolate(), 'pd2-empty');
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
    await sealed(isolate(), 'pd2-empty');
    faults.beforeTrip = () => undefined;
    expect(await copiesOf('pd2-empty')).toEqual([]);
  });

  test('is authorized again by a recorded word alone, with another key; what was sealed before stays closed', async () => {
    const first = await ciphertext(await sealed(isolate(), 'pd4'));
    await forget('pd4');
    await deliverAll();
    const object = aggregateOf('ledge.subject/pd4');
    expect(await object.subjectKey(command('RegisterSubject', {}))).toMatchObject({
      wrapped: null,
    });
    expect(await isolate().forSealing(env, 'main', 'pd4')).toBe('forgotten');
    expect(await object.subjectKey(command('AuthorizeSubject'))).toMatchObject({ incarnation: 2 });
    expect(await ciphertext(await sealed(isolate(), 'pd4'))).not.toBe(first);
    expect(await opening('pd4', 1)).toBeUndefined();
    expect(await opening('pd4', 2)).toBeDefined();
    await deliverAll();
    expect(await opening('pd4', 1)).toBeUndefined();
    expect(await opening('pd4', 2)).toBeDefined();
  });
});

test('PD8 with D1 down a field is sealed and opened by its subject’s object, and a subject that is unknown gets no key', async () => {
  const text = await ciphertext(await sealed(isolate(), 'pd8'));
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  expect(await ciphertext(await sealed(isolate(), 'pd8'))).toBe(text);
  expect(await opening('pd8')).toBeDefined();
  expect(await opening('pd8-unknown')).toBeUndefined();
  expect(await aggregateOf('ledge.subject/pd8-unknown').headVersion()).toBe(0);
});
