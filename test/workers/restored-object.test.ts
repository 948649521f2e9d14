/** The way back of one object that the platform restored to an earlier time: it has its events again, or an operator decides. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { StoredTimer } from '../../core/aggregate/timers.ts';
import { OVERDUE_AFTER_MS } from '../../durable-objects/aggregate/confirm-relay.ts';
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
import { remindNote } from './support/reminding.ts';
import { nothingSaved, putBack, type SavedObject, savedObject } from './support/restored-object.ts';

useKeptQueue();
beforeEach(() => {
  // What a health object repairs ten seconds later, another app takes, which has none of the sagas.
  faults.health = 'reports';
});

const server = deployment(wholeApp);

type Stream = `${string}/${string}`;

const post = (path: string, body: unknown = {}, key?: string) =>
  server.worker
    .fetch(
      new Request(`http://ledge.test${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        body: JSON.stringify(body),
      }),
      server.env,
    )
    .then(async (response) => ({
      status: response.status,
      headers: response.headers,
      // What tests compare with literals.
      body: (await response.json()) as Record<string, unknown>,
    }));

const work = (stream: Stream, note: string, key?: string) =>
  post(`/v1/commands/${stream}/Work`, { note }, key);

const recover = (stream: Stream) => post(`/v1/recover/${stream}`);

async function deliverAll(): Promise<void> {
  for (let kept = keptMessages(); kept.length > 0; kept = keptMessages()) {
    let left = kept.length;
    // A batch that its reactors have no time for is retried.
    while (left > 0) left = await server.deliver(kept);
  }
}

/** Worked, delivered and confirmed. */
async function worked(stream: Stream, ...notes: readonly string[]): Promise<void> {
  for (const note of notes) expect(await work(stream, note)).toMatchObject({ status: 200 });
  await deliverAll();
  await confirmed(stream);
}

/** A confirmation that is on its way would find out that the object was restored before the test asks it to. */
async function confirmed(stream: Stream): Promise<void> {
  const unconfirmed = () =>
    runInDurableObject(objectOf(stream), (_object, { storage }) =>
      storage.sql
        .exec<{ events: number }>(
          'SELECT max(version) - (SELECT confirmed_version FROM object) AS events FROM event',
        )
        .one(),
    );
  await vi.waitFor(async () => expect(await unconfirmed()).toEqual({ events: 0 }), {
    timeout: 10_000,
  });
}

async function eventsOf(stream: Stream): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const after = events.length;
    const page = await aggregateOf(stream).eventPage({ after, limit: 5_000 });
    events.push(...page.events);
    if (!page.more) return events;
  }
}

async function incidentsOf(stream: Stream) {
  const { body } = await server.get('/v1/incidents');
  const { incidents } = body as {
    incidents: { stream: string; kind: string; cause: string; remedy: string }[];
  };
  return incidents.filter((one) => one.stream === stream && one.kind === 'restored');
}

/** A stream of three events, and its object as it was after the first; restored, and what it had. */
async function restored(stream: Stream, then: readonly string[] = ['b', 'c']) {
  await worked(stream, 'a');
  const saved = await savedObject(stream);
  await worked(stream, ...then);
  const events = await eventsOf(stream);
  await putBack(stream, saved);
  return { saved, events };
}

async function isWhole(stream: Stream, events: readonly StoredEvent[]): Promise<void> {
  await vi.waitFor(async () => expect(await eventsOf(stream)).toEqual(events), { timeout: 5_000 });
  await vi.waitFor(async () => expect(await incidentsOf(stream)).toEqual([]), { timeout: 5_000 });
  expect(await work(stream, 'next')).toMatchObject({
    status: 200,
    body: { version: events.length + 1 },
  });
  // What nothing has confirmed is looked for in D1, by alarms that fire in later tests.
  await deliverAll();
}

const confirmedOf = (stream: Stream) =>
  runInDurableObject(
    objectOf(stream),
    (_object, { storage }) =>
      storage.sql.exec<{ version: number }>('SELECT confirmed_version AS version FROM object').one()
        .version,
  );

describe('RS1 an object that has fewer events than the journal', () => {
  test('finds out by a confirmation, and takes the same events back', async () => {
    const stream = 'troublesome/by-confirmation';
    const { events } = await restored(stream);
    await aggregateOf(stream).confirm(3);
    await isWhole(stream, events);
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        operation: 'recover',
        note: 'the object was restored',
      }),
    );
  });

  test('finds out by its alarm', async () => {
    const stream = 'troublesome/by-alarm';
    await worked(stream, 'a');
    await work(stream, 'b');
    const saved = await savedObject(stream);
    await worked(stream, 'c');
    const events = await eventsOf(stream);
    await putBack(stream, saved);
    faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
    await runInDurableObject(objectOf(stream), (_object, { storage }) =>
      storage.setAlarm(Date.now()),
    );
    await runDurableObjectAlarm(objectOf(stream));
    await isWhole(stream, events);
  });

  test('is found by the sweep', async () => {
    const stream = 'troublesome/by-sweep';
    const { events } = await restored(stream);
    await rowsOf('DELETE FROM sweep');
    expect(await server.post('/v1/sweep', { streams: 500 })).toMatchObject({ status: 200 });
    await isWhole(stream, events);
  });

  test('is found by a comparison of the journal with the logs', async () => {
    const stream = 'troublesome/by-verify';
    const { events } = await restored(stream);
    const { body } = await server.post('/v1/verify', { limit: 1_000 });
    expect(body.differences).toContainEqual(
      expect.objectContaining({ stream, version: 3, what: 'not in the log' }),
    );
    await isWhole(stream, events);
  });

  test('is recovered at once by an operator, which is recorded', async () => {
    const stream = 'troublesome/by-operator';
    const { events } = await restored(stream);
    expect(await recover(stream)).toMatchObject({
      status: 200,
      body: { stream, state: 'whole', version: 3, journalVersion: 3, taken: 2, divergence: null },
    });
    await isWhole(stream, events);
    expect((await recover(stream)).body).toMatchObject({ state: 'whole', taken: 0 });
  });

  test('of which nothing is left, the first event included', async () => {
    const stream = 'troublesome/empty';
    await worked(stream, 'a', 'b');
    const events = await eventsOf(stream);
    await putBack(stream, nothingSaved);
    expect(await eventsOf(stream)).toEqual([]);
    await aggregateOf(stream).confirm(2);
    await isWhole(stream, events);
  });

  test('has the version confirmed that D1 has, and no alarm is left', async () => {
    const stream = 'troublesome/confirmed';
    await restored(stream);
    await recover(stream);
    expect(await confirmedOf(stream)).toBe(3);
  });
});

test('RS2 it takes no command until it has its events back, after an eviction neither, and says what to do', async () => {
  const stream = 'troublesome/refusing';
  const { events } = await restored(stream);
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  await aggregateOf(stream).confirm(3);
  for (const between of [
    async () => undefined,
    () => evict(stream),
    () => abortAllDurableObjects(),
  ]) {
    await between();
    const { status, headers, body } = await work(stream, 'too early', 'k');
    expect({ status, body }).toMatchObject({
      status: 503,
      body: {
        type: '/problems/unavailable',
        detail: expect.stringContaining(`ledge streams recover ${stream}`),
      },
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  faults.beforeTrip = () => undefined;
  const [incident] = await incidentsOf(stream);
  expect(incident).toMatchObject({
    cause: expect.stringContaining('it has version 1, the journal 3'),
    remedy: expect.stringContaining(`ledge streams recover ${stream}`),
  });
  expect((await server.get('/v1/status')).body.alerts).toContainEqual(
    expect.objectContaining({ alert: 'object-restored', subject: 'objects' }),
  );
  expect((await server.get('/ready')).body.checks).toContainEqual(
    expect.objectContaining({ name: 'incidents', ok: false }),
  );
  await runDurableObjectAlarm(objectOf(stream));
  await isWhole(stream, events);
});

test('RS3 a kill between two pages loses nothing: the next run continues, and no event comes twice', async () => {
  const stream = 'troublesome/killed';
  await worked(stream, 'a');
  const saved = await savedObject(stream);
  // Pages of the journal end with batches, and a read with a number of bytes.
  const note = 'x'.repeat(240_000);
  await worked(stream, ...Array(20).fill(note));
  const events = await eventsOf(stream);
  expect(events).toHaveLength(21);
  await putBack(stream, saved);
  let trips = 0;
  faults.beforeTrip = () => {
    // Two for the journal's end, two to find the place, one for the first page that is taken back.
    if (++trips > 5) throw new Error('D1_ERROR: Network connection lost.');
  };
  expect(await recover(stream)).toMatchObject({ status: 503 });
  const head = await aggregateOf(stream).headVersion();
  expect(head).toBeGreaterThan(1);
  expect(head).toBeLessThan(21);
  await abortAllDurableObjects();
  expect(await work(stream, 'too early')).toMatchObject({ status: 503 });
  faults.beforeTrip = () => undefined;
  await runDurableObjectAlarm(objectOf(stream));
  await isWhole(stream, events);
});

test('RS4 a batch of 2,500 events comes back, in transactions of bounded size', async () => {
  const stream = 'troublesome/many';
  await worked(stream, 'a');
  const saved = await savedObject(stream);
  await post(`/v1/commands/${stream}/WorkMuch`, { events: 2_500, noteLength: 10 }, 'much');
  await deliverAll();
  await confirmed(stream);
  const events = await eventsOf(stream);
  expect(events).toHaveLength(2_501);
  await putBack(stream, saved);
  let trips = 0;
  faults.beforeTrip = () => {
    trips++;
  };
  expect((await recover(stream)).body).toMatchObject({ state: 'whole', taken: 2_500 });
  // Two for the journal's end, and each chunk of positions twice.
  expect(trips).toBeLessThanOrEqual(10);
  expect(await eventsOf(stream)).toEqual(events);
  // Of one command, whose events came in several pages.
  expect(
    await post(`/v1/commands/${stream}/WorkMuch`, { events: 2_500, noteLength: 10 }, 'much'),
  ).toMatchObject({ status: 200, body: { version: 2_501, replayed: true } });
});

describe('RS5 of what depends on the log', () => {
  test('a repeated command gets its outcome; a rejection is decided again', async () => {
    const stream = 'troublesome/keys';
    await worked(stream, 'a');
    const saved = await savedObject(stream);
    await work(stream, 'b', 'accepted');
    await deliverAll();
    await putBack(stream, saved);
    await recover(stream);
    const repeat = await work(stream, 'b', 'accepted');
    expect(repeat.body).toMatchObject({ version: 2, replayed: true, events: [{ version: 2 }] });
    expect(await work(stream, 'c', 'new')).toMatchObject({ body: { version: 3 } });
  });

  test('a timer that has fired since does not fire again; one that has not does', async () => {
    const stream = 'troublesome/timers';
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    await worked(stream, 'a');
    await post(`/v1/commands/${stream}/WorkLater`, { id: 'soon', at: at(60_000) });
    await post(`/v1/commands/${stream}/WorkLater`, { id: 'later', at: at(3_600_000) });
    const saved = await savedObject(stream);
    faults.clockSkewMs = 120_000;
    await runDurableObjectAlarm(objectOf(stream));
    await deliverAll();
    const events = await eventsOf(stream);
    expect(events.at(-1)?.data).toEqual({ note: 'soon' });
    await putBack(stream, saved);
    await recover(stream);
    await runDurableObjectAlarm(objectOf(stream));
    expect(await eventsOf(stream)).toEqual(events);
    const { timers } = await aggregateOf(stream).timers({ after: '', limit: 10 });
    expect(timers.map(({ id }) => id)).toEqual(['later']);
  });

  test('no timer fires while events are missing', async () => {
    const stream = 'troublesome/held-timer';
    await worked(stream, 'a');
    const at = new Date(Date.now() + 60_000).toISOString();
    await post(`/v1/commands/${stream}/WorkLater`, { id: 'held', at });
    const saved = await savedObject(stream);
    await worked(stream, 'b');
    await putBack(stream, saved);
    faults.clockSkewMs = 120_000;
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    await aggregateOf(stream).confirm(2);
    await runDurableObjectAlarm(objectOf(stream));
    expect(await aggregateOf(stream).headVersion()).toBe(1);
    faults.beforeTrip = () => undefined;
    await runDurableObjectAlarm(objectOf(stream));
    await vi.waitFor(async () =>
      expect((await eventsOf(stream)).map(({ data }) => data)).toEqual(
        ['a', 'b', 'held'].map((note) => ({ note })),
      ),
    );
  });

  test('the timers of a saga follow from its state, also where nothing of the object is left', async () => {
    const source = 'troublesome/reminded';
    const saga = 'reminding/reminded-0';
    const dueMs = Date.now() + 3_600_000;
    await worked(source, remindNote(1, dueMs));
    const events = await eventsOf(saga);
    const { timers: before } = await aggregateOf(saga).timers({ after: '', limit: 10 });
    expect(events).toHaveLength(1);
    await putBack(saga, nothingSaved);
    expect((await recover(saga)).body).toMatchObject({ state: 'whole', taken: 1 });
    expect(await eventsOf(saga)).toEqual(events);
    const { timers } = await aggregateOf(saga).timers({ after: '', limit: 10 });
    const same = ({ id, dueMs, command, data }: StoredTimer) => ({ id, dueMs, command, data });
    expect(timers.map(same)).toEqual(before.map(same));
    expect(timers).toMatchObject([{ id: 'timeout/due', command: 'Timeout' }]);
    faults.clockSkewMs = 3_700_000;
    await runDurableObjectAlarm(objectOf(saga));
    expect((await eventsOf(saga)).map(({ type }) => type)).toContain('TimeoutPassed');
  });
});

/** Restored, and then commanded before it could find out. */
async function diverged(stream: Stream): Promise<{ saved: SavedObject; events: StoredEvent[] }> {
  const { saved, events } = await restored(stream, ['b', 'c', 'd']);
  expect(await work(stream, 'other')).toMatchObject({ status: 200, body: { version: 2 } });
  return { saved, events };
}

describe('RS6 events that were committed after the restore under versions that the journal has', () => {
  test('are overwritten on neither side, commands are refused, and the operator sees both', async () => {
    const stream = 'troublesome/diverged';
    const { events } = await diverged(stream);
    const journal = await rowsOf('SELECT * FROM journal WHERE stream = ?', stream);
    await deliverAll();
    await vi.waitFor(async () => expect((await work(stream, 'no')).status).toBe(503));
    const { body } = await recover(stream);
    const own = await eventsOf(stream);
    expect(own.map(({ data }) => data)).toEqual([{ note: 'a' }, { note: 'other' }]);
    expect(body).toMatchObject({
      ...{ state: 'diverged', version: 2, journalVersion: 4, taken: 0 },
      divergence: {
        version: 2,
        log: { id: own[1]?.id, data: { note: 'other' } },
        journal: { id: events[1]?.id, data: { note: 'b' } },
      },
    });
    expect(await rowsOf('SELECT * FROM journal WHERE stream = ?', stream)).toEqual(journal);
    await evict(stream);
    expect((await work(stream, 'no')).body).toMatchObject({
      detail: expect.stringContaining('since version 2'),
    });
    expect(await incidentsOf(stream)).toMatchObject([
      {
        cause: expect.stringContaining(`Worked (${events[1]?.id}`),
        remedy: expect.stringContaining(own[1]?.recordedAt ?? 'none'),
      },
    ]);
    await runDurableObjectAlarm(objectOf(stream));
    expect(await eventsOf(stream)).toEqual(own);
  });

  test('go as the remedy says: restored once more, to before them, the object is recovered', async () => {
    const stream = 'troublesome/remedied';
    const { saved, events } = await diverged(stream);
    keptMessages();
    expect((await recover(stream)).body).toMatchObject({ state: 'diverged' });
    await putBack(stream, saved);
    expect((await recover(stream)).body).toMatchObject({ state: 'whole', taken: 3 });
    await isWhole(stream, events);
  });
});

/** Restored by one event, and at the same version again: no number shows it. */
async function sameVersion(stream: Stream): Promise<void> {
  await restored(stream, ['b']);
  expect(await work(stream, 'other')).toMatchObject({ status: 200, body: { version: 2 } });
}

const journalled = (stream: Stream) =>
  rowsOf<{ version: number; note: string }>(
    "SELECT version, data ->> 'note' AS note FROM journal WHERE stream = ? ORDER BY position",
    stream,
  );

const refuses = (stream: Stream) =>
  vi.waitFor(async () => {
    expect((await recover(stream)).body).toMatchObject({ state: 'diverged' });
    expect(await work(stream, 'no')).toMatchObject({ status: 503 });
  });

describe('RS8 the journal takes an event only after the event that its log has before it', () => {
  test('a message with another event at the version of the journal shows it at once', async () => {
    const stream = 'troublesome/same-version';
    await sameVersion(stream);
    await server.deliver(keptMessages());
    expect(await work(stream, 'no')).toMatchObject({ status: 503 });
    await refuses(stream);
    expect(await incidentsOf(stream)).toHaveLength(1);
    expect((await journalled(stream)).map(({ note }) => note)).toEqual(['a', 'b']);
  });

  test('where the message is lost, the alarm finds it', async () => {
    const stream = 'troublesome/lost-message';
    await sameVersion(stream);
    keptMessages();
    faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
    await runDurableObjectAlarm(objectOf(stream));
    await vi.waitFor(async () => expect((await work(stream, 'no')).status).toBe(503));
    expect(await confirmedOf(stream)).toBeLessThan(2);
    await refuses(stream);
  });

  test.each([
    ['with its events', (message: string) => message],
    [
      'without its events',
      (message: string) => JSON.stringify({ ...JSON.parse(message), events: [] }),
    ],
  ])('a later message %s does not go on from another history', async (name, sent) => {
    const stream: Stream = `troublesome/later-${name.replaceAll(' ', '-')}`;
    await sameVersion(stream);
    keptMessages();
    await work(stream, 'on top');
    expect(await server.deliver(keptMessages().map(sent))).toBe(1);
    expect((await journalled(stream)).map(({ note }) => note)).toEqual(['a', 'b']);
    await refuses(stream);
  });

  test('a message that the restore has overtaken is acknowledged, and its event is reported as lost', async () => {
    const stream = 'troublesome/overtaken';
    await worked(stream, 'a');
    const saved = await savedObject(stream);
    await work(stream, 'lost');
    const overtaken = keptMessages();
    await putBack(stream, saved);
    await worked(stream, 'other');
    expect(await server.deliver(overtaken)).toBe(0);
    expect((await journalled(stream)).map(({ note }) => note)).toEqual(['a', 'other']);
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        ...{ level: 'error', operation: 'read-stream' },
        note: 'a message has an event that neither log nor journal has',
      }),
    );
    expect(await work(stream, 'next')).toMatchObject({ status: 200, body: { version: 3 } });
  });
});

test('RS7 a wrong confirmation refuses no command for longer than D1 takes to answer', async () => {
  const stream = 'troublesome/wrong';
  await worked(stream, 'a');
  await aggregateOf(stream).confirm(9);
  await vi.waitFor(async () =>
    expect((await recover(stream)).body).toMatchObject({ state: 'whole', version: 1 }),
  );
  expect(await work(stream, 'b')).toMatchObject({ status: 200, body: { version: 2 } });
});
