/** What an app does outside of itself: once in effect, whatever the other system, the objects and the database do. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import { type ProviderAnswer, provider, resetProvider } from './support/payment-provider.ts';
import { type AskRestore, restoredDatabase, savedDatabase } from './support/restored-database.ts';
import { putBack, savedObject } from './support/restored-object.ts';

useKeptQueue();

const shop = deployment(wholeApp);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let count = 0;
let id = '';
type Stream = `charging/${string}` | `mailing/${string}`;

let stream: Stream = 'charging/none';

beforeEach(() => {
  resetProvider();
  id = `c-${++count}`;
  stream = `charging/${id}`;
});

const request = (cents = 5, of = stream) =>
  shop.post(`/v1/commands/${of}/RequestPayment`, { cents });

/** What the provider answers, call by call; then it does what it is asked for. */
function answersInOrder(...answers: readonly ProviderAnswer[]): void {
  provider.answers = (call) => answers[call] ?? 'done';
}

async function eventsOf(of = stream): Promise<StoredEvent[]> {
  return (await aggregateOf(of).eventPage({ after: 0, limit: 5_000 })).events.slice();
}

const typesOf = async (of = stream) => (await eventsOf(of)).map(({ type }) => type);

const actionsOf = async (of = stream) => (await shop.get(`/v1/actions/${of}`)).body.actions;

const rowCount = (of = stream) =>
  runInDurableObject(objectOf(of), (_object, { storage: { sql } }) =>
    sql.exec("SELECT count(*) AS n FROM sqlite_master WHERE name = 'action'").one().n === 0
      ? 0
      : sql.exec<{ n: number }>('SELECT count(*) AS n FROM action').one().n,
  );

/** Until no action of the stream is stored any more. */
async function ended(of = stream): Promise<void> {
  await vi.waitFor(async () => expect(await rowCount(of)).toBe(0), { timeout: 5_000 });
}

async function passMs(ms: number, of = stream): Promise<void> {
  faults.clockSkewMs += ms;
  await runDurableObjectAlarm(objectOf(of));
}

/** Until an attempt has failed: it waits for the next one. */
async function failedOnce(attempts = 1): Promise<void> {
  await vi.waitFor(async () =>
    expect(await actionsOf()).toMatchObject([{ attempts, cause: expect.any(String) }]),
  );
}

async function incidentsOf(of = stream) {
  const { body } = await shop.get('/v1/incidents');
  const { incidents } = body as { incidents: { stream: string; kind: string; remedy: string }[] };
  return incidents.filter((one) => one.stream === of && one.kind.startsWith('action/'));
}

/** An action that no command follows from, parked: its gateway has failed twice. */
async function parkedLetter(): Promise<void> {
  provider.answers = (call) => (call === 0 ? '402' : '500');
  await request();
  await vi.waitFor(() => expect(provider.calls.length).toBe(2));
  await failedOnce();
  await passMs(MINUTE_MS);
  await vi.waitFor(async () => expect(await actionsOf()).toMatchObject([{ state: 'parked' }]));
}

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
  ['killed', (_stream: string) => abortAllDurableObjects()],
] as const)('%s', ([_memory, between]) => {
  test('AE5 an event is acted on at once, and the command follows once', async () => {
    const { status, body } = await request();
    expect(status).toBe(200);
    await ended();
    await between(stream);
    expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentCaptured']);
    const [first, second] = await eventsOf();
    expect(second?.metadata).toMatchObject({
      ...{ actor: 'ledge:action/charge', causationId: first?.id, hops: 1 },
      correlationId: first?.metadata.correlationId,
    });
    expect(body).toMatchObject({ version: 1 });
    expect(provider.calls).toHaveLength(1);
  });

  test('AE6 every attempt has the same key, and a failed one is made again', async () => {
    answersInOrder('500', 'closes', 'hangs', 'done');
    await request();
    await failedOnce(1);
    await between(stream);
    await passMs(MINUTE_MS);
    await failedOnce(2);
    await between(stream);
    await passMs(MINUTE_MS);
    await failedOnce(3);
    await between(stream);
    await passMs(MINUTE_MS);
    await ended();
    expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentCaptured']);
    expect(provider.calls).toHaveLength(4);
    expect(new Set(provider.calls).size).toBe(1);
    expect(provider.calls[0]).toMatch(/^[\w-]{22}$/);
  });

  test('AE7 what was done without an answer, or too late, is done once', async () => {
    answersInOrder('lost', 'late', 'done');
    await request();
    await failedOnce(1);
    await between(stream);
    await passMs(MINUTE_MS);
    await failedOnce(2);
    await passMs(MINUTE_MS);
    await ended();
    expect(provider.effects.size).toBe(1);
    expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentCaptured']);
  });

  test('AE8 an answer is kept before its commands are sent: the handler is not called again', async () => {
    provider.atCapture = () => {
      throw new Error('secret: decide cannot take it');
    };
    await request();
    await vi.waitFor(async () =>
      expect(await actionsOf()).toMatchObject([
        { state: 'answered', cause: expect.any(String), commands: [{ command: 'CapturePayment' }] },
      ]),
    );
    await between(stream);
    provider.atCapture = () => undefined;
    await passMs(5_000);
    await ended();
    expect(provider.calls).toHaveLength(1);
    expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentCaptured']);
  });
});

test('AE8 the answer is stored when its command is decided', async () => {
  await shop.post(`/v1/commands/${stream}/CapturePayment`, { asked: 9, receipt: 'first' });
  const seen: unknown[] = [];
  await runInDurableObject(objectOf(stream), (_object, { storage: { sql } }) => {
    const stored = 'SELECT state, answer IS NOT NULL AS kept FROM action';
    provider.atCapture = () => seen.push(...sql.exec(stored).toArray());
  });
  await request();
  await ended();
  expect(seen).toEqual([{ state: 'answered', kept: 1 }]);
});

test('AE9 an object that dies in the middle of an attempt makes another one, with the same key', async () => {
  answersInOrder('lost');
  await request();
  await vi.waitFor(() => expect(provider.calls).toHaveLength(1));
  await abortAllDurableObjects();
  await passMs(MINUTE_MS);
  await ended();
  expect(provider.effects.size).toBe(1);
  expect(new Set(provider.calls).size).toBe(1);
  expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentCaptured']);
});

test('AE10 an action is on one event of a stream at a time, in their order', async () => {
  answersInOrder('500');
  await shop.post(`/v1/commands/${stream}/RequestPayments`, { cents: 5, times: 4 });
  await vi.waitFor(async () =>
    expect(await actionsOf()).toMatchObject([
      { version: 1, attempts: 1, cause: expect.any(String) },
      ...[2, 3, 4].map((version) => ({ version, state: 'pending', cause: null })),
    ]),
  );
  expect(provider.calls).toHaveLength(1);
  await passMs(MINUTE_MS);
  await ended();
  const captured = (await eventsOf()).flatMap(({ type, data }) =>
    type === 'PaymentCaptured' ? [data] : [],
  );
  expect(captured).toMatchObject([1, 2, 3, 4].map((asked) => ({ asked })));
  expect(provider.effects.size).toBe(4);
});

describe('AE11 the rows of an action', () => {
  /** Of the object, after a first event has set its alarm, and after a first action where it says so. */
  async function rowsOfCommand(command: string, data: object, first?: 'action'): Promise<number> {
    await shop.post(`/v1/commands/${stream}/CapturePayment`, { asked: 1, receipt: 'first' });
    if (first) await shop.post(`/v1/commands/${stream}/${command}`, data);
    await ended();
    const before = await aggregateOf(stream).headVersion();
    const bill = await billOf(stream);
    expect((await shop.post(`/v1/commands/${stream}/${command}`, data)).status).toBe(200);
    await ended();
    expect(await aggregateOf(stream).headVersion()).toBeGreaterThan(before);
    return bill.read().rowsWritten;
  }

  test('are three where a command follows, beside the events and the outcome of its key', async () => {
    expect(await rowsOfCommand('RequestPayment', { cents: 5 }, 'action')).toBe(2 + 1 + 3);
    expect(await typesOf()).toEqual([
      'PaymentCaptured',
      ...['PaymentRequested', 'PaymentCaptured', 'PaymentRequested', 'PaymentCaptured'],
    ]);
  });

  test('are two where none follows', async () => {
    expect(await rowsOfCommand('DeclinePayment', { asked: 1, reason: 'no' }, 'action')).toBe(1 + 2);
  });

  test('are two more with the first action of a stream, which makes the table', async () => {
    expect(await rowsOfCommand('DeclinePayment', { asked: 1, reason: 'no' })).toBe(1 + 2 + 2);
  });

  test('are none where no action has a handler for the event', async () => {
    expect(await rowsOfCommand('CapturePayment', { asked: 2, receipt: 'second' })).toBe(1);
    const tables = (await savedObject(stream)).tables.map(({ name }) => name);
    expect(tables).not.toContain('action');
  });
});

describe('AE12 an action that fails', () => {
  test('for good sends the command of its failure', async () => {
    answersInOrder('402');
    await request();
    await ended();
    const events = await eventsOf();
    expect(events.map(({ type }) => type)).toEqual(['PaymentRequested', 'PaymentDeclined']);
    expect(events[1]?.data).toEqual({ asked: 1, reason: 'declined' });
  });

  test('as often as its policy allows sends it, too', async () => {
    provider.answers = (call) => (call < 8 ? '500' : 'done');
    await request();
    for (let attempts = 1; attempts < 8; attempts++) {
      await failedOnce(attempts);
      await passMs(10 * MINUTE_MS);
    }
    await ended();
    expect(await typesOf()).toEqual(['PaymentRequested', 'PaymentDeclined']);
    // Eight charges, and the letter of the declined one.
    expect(provider.calls).toHaveLength(9);
  });

  test('waits as long as the other system says', async () => {
    answersInOrder('429');
    await request();
    await failedOnce();
    await passMs(30_000);
    expect(provider.calls).toHaveLength(1);
    await passMs(31_000);
    await ended();
    expect(provider.calls).toHaveLength(2);
  });

  test('without such a command is parked, and an incident', async () => {
    faults.health = 'real';
    await parkedLetter();
    const [incident] = await incidentsOf();
    expect(incident).toMatchObject({
      kind: 'action/letter@2',
      version: 2,
      remedy: expect.stringContaining(`ledge actions retry ${stream} letter 2`),
    });
    expect((await shop.get('/v1/status')).body).toMatchObject({
      undelivered: { actions: expect.any(Number) },
      alerts: expect.arrayContaining([expect.objectContaining({ alert: 'action-parked' })]),
    });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'action', action: 'park', actionName: 'letter' }),
    );
  });
});

describe('AE13 an operator', () => {
  const operate = (operation: string, more: object = {}) =>
    shop.post(`/v1/actions/${stream}/${operation}`, {
      ...{ action: 'letter', version: 2, reason: 'looked at it' },
      ...more,
    });

  test('retries a parked action, whose incident is over', async () => {
    faults.health = 'real';
    await parkedLetter();
    answersInOrder();
    expect(await operate('retry')).toMatchObject({
      status: 200,
      body: { action: 'letter', version: 2, state: 'pending', attempts: 1 },
    });
    await ended();
    await vi.waitFor(async () => expect(await incidentsOf()).toEqual([]));
    expect(new Set(provider.calls.slice(1)).size).toBe(1);
  });

  test('skips it, and the next one begins', async () => {
    await parkedLetter();
    await shop.post(`/v1/commands/${stream}/DeclinePayment`, { asked: 1, reason: 'again' });
    expect(await actionsOf()).toMatchObject([
      { version: 2, state: 'parked', dueAt: null },
      { version: 3, state: 'pending' },
    ]);
    const calls = provider.calls.length;
    answersInOrder();
    expect(await operate('skip')).toMatchObject({ status: 200, body: { state: 'skipped' } });
    await ended();
    expect(provider.calls).toHaveLength(calls + 1);
  });

  test('is refused for what is not parked, and for what is not there', async () => {
    answersInOrder('500');
    await request();
    await failedOnce();
    const charge = { action: 'charge', version: 1 };
    expect(await operate('retry', charge)).toMatchObject({ status: 409 });
    expect(await operate('skip', charge)).toMatchObject({ status: 409 });
    expect(await operate('retry')).toMatchObject({ status: 404 });
  });

  test('reads the actions page by page', async () => {
    await parkedLetter();
    for (let more = 0; more < 3; more++) {
      await shop.post(`/v1/commands/${stream}/DeclinePayment`, { asked: 1, reason: 'again' });
    }
    const versions: unknown[] = [];
    for (let path: string | undefined = `/v1/actions/${stream}?limit=2`; path; ) {
      const { body } = await shop.get(path);
      const { actions, cursor } = body as { actions: { version: number }[]; cursor?: string };
      versions.push(...actions.map(({ version }) => version));
      path = cursor && `/v1/actions/${stream}?limit=2&cursor=${cursor}`;
    }
    expect(versions).toEqual([2, 3, 4, 5]);
  });
});

describe('AE14 an object that was restored to an earlier time', () => {
  const deliverAll = async () => {
    for (let kept = keptMessages(); kept.length > 0; kept = keptMessages()) {
      let left = kept.length;
      while (left > 0) left = await shop.deliver(kept);
    }
  };

  test('does not act on the events that it takes back', async () => {
    faults.health = 'real';
    await request();
    await ended();
    await deliverAll();
    const saved = await savedObject(stream);
    await request();
    await ended();
    await deliverAll();
    const events = await eventsOf();
    const calls = provider.calls.length;
    await putBack(stream, saved);
    expect((await shop.post(`/v1/recover/${stream}`)).body).toMatchObject({ state: 'whole' });
    expect(await eventsOf()).toEqual(events);
    await passMs(MINUTE_MS);
    expect(provider.calls).toHaveLength(calls);
    expect(await actionsOf()).toMatchObject([
      { action: 'charge', version: 3, state: 'parked', cause: expect.stringContaining('restored') },
    ]);
    await vi.waitFor(async () => expect(await incidentsOf()).toHaveLength(1));
  });

  test('does not attempt what was open then', async () => {
    answersInOrder('500');
    await request();
    await failedOnce();
    await deliverAll();
    const saved = await savedObject(stream);
    await passMs(MINUTE_MS);
    await ended();
    await deliverAll();
    const calls = provider.calls.length;
    await putBack(stream, saved);
    expect((await shop.post(`/v1/recover/${stream}`)).body).toMatchObject({ state: 'whole' });
    await passMs(HOUR_MS);
    expect(provider.calls).toHaveLength(calls);
    expect(await actionsOf()).toMatchObject([{ version: 1, state: 'parked' }]);
  });

  test('begins nothing for which its time has passed', async () => {
    answersInOrder('lost');
    await request();
    await vi.waitFor(() => expect(provider.calls).toHaveLength(1));
    await abortAllDurableObjects();
    await passMs(4 * HOUR_MS);
    expect(await actionsOf()).toMatchObject([
      { version: 1, state: 'parked', cause: expect.stringContaining('not known') },
    ]);
    expect(provider.calls).toHaveLength(1);
  });
});

test('AE15 a database that was set back calls nothing again, and neither does a second delivery', async () => {
  const askRestore: AskRestore = async (path, input) => {
    const { status, body } = await shop.post(`/v1/restore/${path}`, input);
    expect(status).toBe(200);
    return body;
  };
  const putBackDatabase = await savedDatabase();
  await request();
  await ended();
  const messages = keptMessages();
  for (const message of [...messages, ...messages]) await shop.deliver([message]);
  const calls = provider.calls.length;
  const bring = await restoredDatabase(askRestore, putBackDatabase);
  await bring();
  await passMs(HOUR_MS);
  const known = await rowsOf('SELECT version FROM checkpoint WHERE stream = ?', stream);
  expect(known).toEqual([{ version: 2 }]);
  expect(provider.calls).toHaveLength(calls);
});

describe('AE16 nothing is called', () => {
  test('for events that were imported, and again for those behind them', async () => {
    const line = { aggregate: 'charging', aggregateId: id, version: 1, type: 'PaymentRequested' };
    const event = { ...line, data: { cents: 5 }, occurredAt: '2020-01-01T00:00:00.000Z' };
    const headers = { 'content-type': 'application/x-ndjson', 'ledge-reason': 'moving in' };
    const body = `${JSON.stringify(event)}\n`;
    const importing = new Request('http://ledge.test/v1/import/events', {
      ...{ method: 'POST', headers, body },
    });
    const answer = await shop.worker.fetch(importing, shop.env);
    expect(await answer.text()).toContain('"accepted"');
    await passMs(MINUTE_MS);
    expect([await rowCount(), provider.calls]).toEqual([0, []]);
    await request();
    await ended();
    expect(provider.calls).toHaveLength(1);
  });

  test('by a simulation, or by reading the past', async () => {
    await shop.post(`/v1/commands/${stream}/CapturePayment`, { asked: 9, receipt: 'first' });
    const steps = [{ command: 'RequestPayment', data: { cents: 1 } }];
    expect((await shop.post(`/v1/simulate/${stream}`, { steps })).status).toBe(200);
    expect((await shop.get(`/v1/aggregates/${stream}?version=1`)).status).toBe(200);
    await passMs(MINUTE_MS);
    expect(provider.calls).toEqual([]);
  });
});

test('AE17 an erased stream’s attempt stores nothing', async () => {
  answersInOrder('late');
  await request();
  await vi.waitFor(() => expect(provider.calls).toHaveLength(1));
  await aggregateOf(stream).erase();
  await scheduler.wait(600);
  const tables = await runInDurableObject(objectOf(stream), (_object, { storage: { sql } }) =>
    sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_*'").toArray(),
  );
  expect(tables).toEqual([{ name: 'tombstone' }]);
});

test('AE18 an alarm is not held by a system that is slow, and fires timers before', async () => {
  provider.answers = () => 'hangs';
  const at = new Date(Date.now() + MINUTE_MS).toISOString();
  await shop.post(`/v1/commands/${stream}/DeclineLater`, { at });
  await shop.post(`/v1/commands/${stream}/WantAudit`);
  await vi.waitFor(() => expect(provider.calls).toHaveLength(1));
  await abortAllDurableObjects();
  faults.clockSkewMs = 2 * MINUTE_MS;
  const before = Date.now();
  const alarm = runDurableObjectAlarm(objectOf(stream));
  await vi.waitFor(() => expect(provider.calls.length).toBeGreaterThan(1));
  expect(await typesOf()).toEqual(['AuditWanted', 'PaymentDeclined']);
  await alarm;
  expect(Date.now() - before).toBeLessThan(3_000);
});

test('AE19 a thousand charges under faults, evictions and kills have a thousand effects', async () => {
  const streams = Array.from({ length: 100 }, (_, index) => `charging/mass-${index}` as const);
  const faulty: readonly ProviderAnswer[] = [
    '500',
    'lost',
    'closes',
    'late',
    'done',
    'done',
    'done',
  ];
  const perKey = new Map<string, number>();
  // Two of a key's calls may go wrong; kills are beside them.
  provider.answers = (call) => {
    const key = provider.calls[call] ?? '';
    const before = perKey.get(key) ?? 0;
    perKey.set(key, before + 1);
    return before < 2 ? (faulty[(call * 5 + before) % faulty.length] ?? 'done') : 'done';
  };
  for (const of of streams) {
    await shop.post(`/v1/commands/${of}/RequestPayments`, { cents: 777, times: 10 });
  }
  let open = streams;
  for (let round = 0; open.length > 0 && round < 100; round++) {
    faults.clockSkewMs += 2 * MINUTE_MS;
    // The platform runs an alarm again whose object was killed; here the first call sets it again.
    await Promise.all(open.map((of) => aggregateOf(of).headVersion()));
    const alarms = open.map((of) => runDurableObjectAlarm(objectOf(of)).catch(() => undefined));
    if (round % 4 === 1) {
      await scheduler.wait(50);
      await abortAllDurableObjects();
    }
    await Promise.all(alarms);
    if (round % 4 === 3) for (const of of open.slice(0, 20)) await evict(of);
    const rows = await Promise.all(open.map((of) => rowCount(of)));
    open = open.filter((_of, index) => rows[index] !== 0);
  }
  expect(open).toEqual([]);
  const captured: string[] = [];
  for (const of of streams) {
    for (const { type, data } of await eventsOf(of)) {
      if (type !== 'PaymentRequested') captured.push(`${type} ${of} ${Object(data).asked}`);
    }
  }
  expect(captured.every((one) => one.startsWith('PaymentCaptured'))).toBe(true);
  // Of these streams: those of other tests go on meanwhile.
  const effects = [...provider.effects.values()].filter((body) => body.includes('777'));
  expect([captured.length, new Set(captured).size, effects.length]).toEqual([1_000, 1_000, 1_000]);
  expect(provider.calls.length).toBeGreaterThan(1_500);
}, 300_000);

describe('AE22 personal fields are opened by declaration, for the attempt alone', () => {
  const mail = 'ann@mail.example';
  const subscribe = (command: string) =>
    shop.post(`/v1/commands/mailing/${id}/${command}`, { person: `p-${id}`, email: mail });
  const ofMailing = () => `mailing/${id}` as const;
  const stored = () =>
    runInDurableObject(objectOf(ofMailing()), (_object, { storage: { sql } }) =>
      ['event', 'action'].flatMap((table) => sql.exec(`SELECT * FROM ${table}`).toArray()),
    );

  test('the other system gets the plain value, which is stored nowhere', async () => {
    answersInOrder('500');
    expect((await subscribe('Subscribe')).status).toBe(200);
    await vi.waitFor(async () =>
      expect(await actionsOf(ofMailing())).toMatchObject([
        { attempts: 1, cause: expect.any(String) },
      ]),
    );
    expect(JSON.stringify(await stored())).not.toContain(mail);
    await passMs(MINUTE_MS, ofMailing());
    await ended(ofMailing());
    expect([...provider.effects.values()]).toEqual([JSON.stringify({ to: mail })]);
  });

  test('null once its subject is forgotten, also between two attempts', async () => {
    answersInOrder('500');
    await subscribe('Subscribe');
    await vi.waitFor(async () =>
      expect(await actionsOf(ofMailing())).toMatchObject([
        { attempts: 1, cause: expect.any(String) },
      ]),
    );
    const forgotten = await shop.post(`/v1/subjects/p-${id}/forget`, { reason: 'asked for it' });
    expect(forgotten.status).toBe(200);
    await passMs(MINUTE_MS, ofMailing());
    await ended(ofMailing());
    expect([...provider.effects.values()]).toEqual([]);
  });

  test('an action that does not declare it has failed, with the remedy', async () => {
    await subscribe('Peek');
    await vi.waitFor(async () =>
      expect(await actionsOf(ofMailing())).toMatchObject([
        {
          ...{ action: 'peeking', attempts: 1 },
          cause: 'TypeError: peeking opens personal fields and does not declare opens: true.',
        },
      ]),
    );
  });
});
