/** Commands that an aggregate sends itself later: exactly once, across restarts, losses and delays. */
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { shortHash, streamWithoutId } from '../../worker/runtime/written-line.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  deliver,
  evict,
  get,
  keptMessages,
  objectOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

const MINUTE_MS = 60_000;

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * MINUTE_MS).toISOString();

function workLater(name: string, minutes: number, id = 'work') {
  return send(`troublesome/${name}`, 'WorkLater', { id, at: inMinutes(minutes) });
}

/** Advances the time, and fires the alarm if it is due by then. */
async function passMinutes(name: string, minutes: number): Promise<void> {
  faults.clockSkewMs += minutes * MINUTE_MS;
  const dueMs = await alarmOf(name);
  if (dueMs !== null && dueMs <= Date.now() + faults.clockSkewMs) {
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
  }
}

function alarmOf(name: string): Promise<number | null> {
  return runInDurableObject(objectOf(`troublesome/${name}`), (_object, { storage }) =>
    storage.getAlarm(),
  );
}

async function worked(name: string): Promise<number> {
  const { status, body } = await get(`/v1/streams/troublesome/${name}`);
  expect(status).toBe(200);
  return Array.isArray(body.events) ? body.events.length : -1;
}

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
  ['killed', (_stream: string) => abortAllDurableObjects()],
] as const)('%s', ([memory, between]) => {
  test('M1 a scheduled command is executed when its time has come, and not before', async () => {
    const name = `${memory}-due`;
    await workLater(name, 15);
    await between(`troublesome/${name}`);
    await passMinutes(name, 14);
    expect(await worked(name)).toBe(0);
    await between(`troublesome/${name}`);
    await passMinutes(name, 2);
    expect(await worked(name)).toBe(1);
    expect(keptMessages()).toHaveLength(1);
  });

  test('M2 it is executed once, however often the alarm fires', async () => {
    const name = `${memory}-once`;
    await workLater(name, 1);
    faults.clockSkewMs = 5 * MINUTE_MS;
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
    await between(`troublesome/${name}`);
    await runDurableObjectAlarm(objectOf(`troublesome/${name}`));
    expect(await worked(name)).toBe(1);
  });

  test('M3 the same id again replaces it, cancel takes it away', async () => {
    const name = `${memory}-changed`;
    await workLater(name, 1, 'replaced');
    await workLater(name, 30, 'replaced');
    await workLater(name, 1, 'cancelled');
    await between(`troublesome/${name}`);
    await send(`troublesome/${name}`, 'WorkNever', { id: 'cancelled' });
    await passMinutes(name, 5);
    expect(await worked(name)).toBe(0);
    await passMinutes(name, 30);
    expect(await worked(name)).toBe(1);
  });
});

test('M3 an id that has fired and decided nothing can be set again', async () => {
  const at = () => inMinutes(faults.clockSkewMs / MINUTE_MS + 1);
  const setAndFire = async () => {
    await send('troublesome/again', 'RejectLater', { at: at() });
    await passMinutes('again', 2);
  };
  await setAndFire();
  await setAndFire();
  const records = await runInDurableObject(objectOf('troublesome/again'), (_object, { storage }) =>
    storage.sql.exec("SELECT count(*) AS n FROM command WHERE key LIKE 'ledge:timer/%'").one(),
  );
  expect(records).toEqual({ n: 2 });
});

test('M4 many timers share the one alarm, each at its time', async () => {
  const minutes = [50, 10, 30, 20, 40];
  for (const minute of minutes) await workLater('many', minute, `at-${minute}`);
  expect(await alarmOf('many')).toBeLessThanOrEqual(Date.now() + 10 * MINUTE_MS);
  for (let fired = 1; fired <= minutes.length; fired++) {
    await passMinutes('many', 10);
    expect(await worked('many')).toBe(fired);
  }
});

test('M4 an earlier timer moves the alarm, a later one leaves it', async () => {
  await workLater('moves', 30, 'first');
  const first = await alarmOf('moves');
  await workLater('moves', 60, 'later');
  expect(await alarmOf('moves')).toBe(first);
  await workLater('moves', 5, 'earlier');
  expect(await alarmOf('moves')).toBeLessThan(first ?? 0);
});

test('M4 a timer does not keep the relay from being confirmed, nor the other way round', async () => {
  await send('troublesome/both', 'Work');
  await workLater('both', 15);
  await deliver(keptMessages());
  await passMinutes('both', 1);
  expect(await alarmOf('both')).toBeGreaterThan(Date.now() + 14 * MINUTE_MS);
  await passMinutes('both', 15);
  expect(await worked('both')).toBe(2);
});

test('M5 more timers than one run takes are all fired', async () => {
  for (let index = 0; index < 120; index++) await workLater('crowd', 1, `t-${index}`);
  await passMinutes('crowd', 2);
  await runDurableObjectAlarm(objectOf('troublesome/crowd'));
  const { body } = await get('/v1/aggregates/troublesome/crowd');
  expect(body).toMatchObject({ state: { worked: 120 } });
}, 30_000);

test('M6 a time that has passed means at once', async () => {
  await workLater('overdue', -10);
  await passMinutes('overdue', 0);
  expect(await worked('overdue')).toBe(1);
});

test('M7 a command that throws stays, and is tried again ever later', async () => {
  await send('troublesome/throws', 'ThrowLater', { at: inMinutes(1) });
  await workLater('throws', 1);
  await passMinutes('throws', 2);
  expect(await worked('throws')).toBe(1);
  const first = ((await alarmOf('throws')) ?? 0) - Date.now() - faults.clockSkewMs;
  await deliver(keptMessages());
  for (let attempt = 0; attempt < 5; attempt++) await passMinutes('throws', 10);
  const timer = await runInDurableObject(objectOf('troublesome/throws'), (_object, { storage }) =>
    storage.sql.exec('SELECT id, attempts FROM timer').toArray(),
  );
  expect(first).toBeLessThanOrEqual(10_000);
  expect(timer).toEqual([{ id: 'throw', attempts: 6 }]);
  expect(faults.log).toContainEqual(
    expect.objectContaining({ operation: 'command', command: 'Throw', level: 'error' }),
  );
});

test('M8 a time that no alarm can be set for is refused with the command that sets it', async () => {
  for (const at of ['9999-12-31T00:00:00Z', '2190-01-01T00:00:00Z', '0', '2027-02-31T00:00:00Z']) {
    const answer = await send('troublesome/timeless', 'WorkLater', { id: 'work', at });
    expect(answer).toMatchObject({ status: 500, body: { type: '/problems/failed' } });
  }
  expect(await alarmOf('timeless')).toBeNull();
  const last = { id: 'work', at: '2189-12-31T23:59:59.999Z' };
  expect((await send('troublesome/timeless', 'WorkLater', last)).status).toBe(200);
  expect(await alarmOf('timeless')).toBe(Date.parse(last.at));
});

test('M8 a timer that could not be executed is refused with the command that sets it', async () => {
  const answer = await send('troublesome/wrong', 'ScheduleWrongly');
  expect(answer).toMatchObject({ status: 500, body: { type: '/problems/failed' } });
  expect(await alarmOf('wrong')).toBeNull();
});

test('M9 a timer’s events have their cause, and no caller can use its key', async () => {
  const at = inMinutes(1);
  const key = { 'idempotency-key': 'set-it' };
  await send('troublesome/caused', 'WorkLater', { id: 'work', at }, key);
  await passMinutes('caused', 2);
  const { body } = await get('/v1/streams/troublesome/caused');
  expect(body.events).toMatchObject([
    { metadata: { actor: 'ledge:timer', causationId: 'set-it', correlationId: 'set-it' } },
  ]);
  const forged = { 'idempotency-key': 'ledge:timer/forged' };
  expect((await send('troublesome/caused', 'Work', {}, forged)).status).toBe(400);
});

const shop = deployment(wholeApp);

/** What the aggregate `scheduling` has done, in its order. */
async function notesOf(id: string): Promise<string[]> {
  const { body } = await shop.get(`/v1/streams/scheduling/${id}?limit=1000`);
  // As the test's own aggregate writes them.
  return (body.events as { data: { note: string } }[]).map(({ data }) => data.note);
}

interface TimerView {
  readonly id: string;
  readonly state: string;
  readonly dueAt: string;
  readonly attempts: number;
  readonly stopped: { readonly reason: string } | null;
}

async function timersOf(stream: string, query = ''): Promise<TimerView[]> {
  const { status, body } = await shop.get(`/v1/timers/${stream}${query}`);
  expect(status).toBe(200);
  return body.timers as TimerView[];
}

/** So many minutes later the object awakes, and its alarm goes off once. */
async function awake(stream: string, minutes: number): Promise<void> {
  faults.clockSkewMs += minutes * MINUTE_MS;
  await runDurableObjectAlarm(objectOf(stream));
}

const command = (stream: string, name: string, data: object = {}) =>
  shop.post(`/v1/commands/${stream}/${name}`, data);

const run = (id: string, note: string, ...next: object[]) =>
  command(`scheduling/${id}`, 'Run', { note, next });

const operate = (stream: string, operation: string, timer: string, reason = 'corrected') =>
  shop.post(`/v1/timers/${stream}/${operation}`, { timer, reason });

const sqlOf = (stream: string, sql: string, ...values: string[]) =>
  runInDurableObject(objectOf(stream), (_object, { storage }) =>
    storage.sql.exec(sql, ...values).toArray(),
  );

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
] as const)('M10 %s, of several timers that are due at once', ([memory, between]) => {
  test('one that an earlier one cancels does not fire', async () => {
    const id = `${memory}-cancels`;
    const first = { set: 'a', at: inMinutes(1), note: 'a', next: [{ cancel: 'b' }] };
    await run(id, 'begin', first, { set: 'b', at: inMinutes(2), note: 'b' });
    await between(`scheduling/${id}`);
    await awake(`scheduling/${id}`, 5);
    await awake(`scheduling/${id}`, 60);
    expect(await notesOf(id)).toEqual(['begin', 'a']);
  });

  test('one that an earlier one moves fires at its new time, with its new data', async () => {
    const id = `${memory}-moves`;
    const moved = { set: 'b', at: inMinutes(62), note: 'moved' };
    const first = { set: 'a', at: inMinutes(1), note: 'a', next: [moved] };
    await run(id, 'begin', first, { set: 'b', at: inMinutes(2), note: 'b' });
    await between(`scheduling/${id}`);
    await awake(`scheduling/${id}`, 5);
    expect(await notesOf(id)).toEqual(['begin', 'a']);
    expect(await timersOf(`scheduling/${id}`)).toMatchObject([{ id: 'b', dueAt: moved.at }]);
    await between(`scheduling/${id}`);
    await awake(`scheduling/${id}`, 60);
    expect(await notesOf(id)).toEqual(['begin', 'a', 'moved']);
  });

  test('a timeout of a saga that an earlier one starts again does not pass', async () => {
    const id = `${memory}-saga`;
    await run(id, 'wait');
    await shop.deliver(keptMessages());
    await between(`postponing/${id}`);
    await awake(`postponing/${id}`, 5);
    const state = async () => (await shop.get(`/v1/aggregates/postponing/${id}`)).body.state;
    expect(await state()).toMatchObject({
      status: 'running',
      timeouts: { second: expect.any(String) },
    });
    const { body } = await shop.get(`/v1/timers/postponing/${id}`);
    expect(body.timers).toMatchObject([{ id: 'timeout/second', state: 'scheduled' }]);
    await between(`postponing/${id}`);
    await awake(`postponing/${id}`, 61);
    expect(await state()).toMatchObject({ status: 'failed', reason: 'the second has passed' });
  });
});

describe.for([
  ['warm', async (_stream: string): Promise<void> => undefined],
  ['cold', evict],
] as const)('M11 %s, a timer whose command gets no answer', ([memory, between]) => {
  const later = (id: string, name: string, at = inMinutes(1)) =>
    command(`scheduling/${id}`, 'Later', { id: name, at, command: name });

  test.for([
    ['that the code does not know', 'unknown', "UPDATE timer SET command = 'Gone'"],
    ['that its schema does not take any more', 'invalid', `UPDATE timer SET data = '{"old":true}'`],
    ['that decides too large an event', 'too-large', "UPDATE timer SET command = 'RunTooMuch'"],
  ] as const)(
    '%s is parked, is seen, and fires when it is retried',
    async ([_why, outcome, sql]) => {
      const stream = `scheduling/${memory}-${outcome}`;
      await later(`${memory}-${outcome}`, 'RunAgain');
      // As an earlier deployment would have set it.
      await sqlOf(stream, sql);
      await evict(stream);
      await awake(stream, 2);
      await between(stream);
      await awake(stream, 60);
      expect(await notesOf(`${memory}-${outcome}`)).toEqual([]);
      const reason = expect.stringMatching(`^${outcome}: `);
      const stopped = { actor: 'ledge:timer', reason };
      const [timer] = await timersOf(stream);
      expect(timer).toMatchObject({ id: 'RunAgain', state: 'parked', attempts: 0, stopped });
      expect(await alarmOfStream(stream)).toBeNull();
      const logged = { level: 'error', stream: streamWithoutId(stream) };
      const parked = { operation: 'timer', action: 'park', timer: shortHash('RunAgain') };
      expect(faults.log).toContainEqual(expect.objectContaining({ ...logged, ...parked }));
      expect(faults.log).toContainEqual(
        expect.objectContaining({ operation: 'incident', kind: 'timer', ...logged }),
      );
      // As a corrected deployment would read it.
      await sqlOf(stream, "UPDATE stopped_timer SET command = 'RunAgain', data = '{}'");
      await evict(stream);
      expect(await operate(stream, 'retry', 'RunAgain')).toMatchObject({ status: 200 });
      await awake(stream, 0);
      expect(await notesOf(`${memory}-${outcome}`)).toHaveLength(1);
    },
  );

  test('is parked after ten attempts that threw, and its stream continues', async () => {
    const id = `${memory}-throws`;
    const stream = `scheduling/${id}`;
    await later(id, 'Break');
    for (let attempt = 1; attempt <= 10; attempt++) {
      await awake(stream, 60);
      await between(stream);
      const [timer] = await timersOf(stream);
      expect(timer).toMatchObject({
        attempts: attempt,
        state: attempt === 10 ? 'parked' : 'scheduled',
      });
    }
    const [timer] = await timersOf(stream);
    expect(timer?.stopped?.reason).toMatch(/^failed: .*10 times/);
    expect(timer?.stopped?.reason).not.toContain('secret');
    expect(await alarmOfStream(stream)).toBeNull();
    await run(id, 'goes on');
    expect(await notesOf(id)).toEqual(['goes on']);
  });

  test('M12 a rejection is an answer: it ends the timer', async () => {
    const id = `${memory}-refuses`;
    await later(id, 'Refuse');
    await between(`scheduling/${id}`);
    await awake(`scheduling/${id}`, 2);
    expect(await timersOf(`scheduling/${id}`)).toEqual([]);
  });

  test('M13 a parked timer is replaced and cancelled like any other', async () => {
    const id = `${memory}-replaced`;
    const stream = `scheduling/${id}`;
    await later(id, 'RunTooMuch');
    await awake(stream, 2);
    expect(await timersOf(stream)).toMatchObject([{ state: 'parked' }]);
    await between(stream);
    await run(id, 'set', { set: 'RunTooMuch', at: inMinutes(10), note: 'fits' });
    expect(await timersOf(stream)).toMatchObject([{ state: 'scheduled' }]);
    await awake(stream, 10);
    expect(await notesOf(id)).toEqual(['set', 'fits']);
    await later(id, 'RunTooMuch', inMinutes(-1));
    await awake(stream, 0);
    await between(stream);
    await run(id, 'cancel', { cancel: 'RunTooMuch' });
    expect(await timersOf(stream)).toEqual([]);
  });
});

function alarmOfStream(stream: string): Promise<number | null> {
  return runInDurableObject(objectOf(stream), (_object, { storage }) => storage.getAlarm());
}

test('M14 a timer that sets itself again at once fires once a second, not without bound', async () => {
  const stream = 'scheduling/again';
  await command(stream, 'RunAgain');
  for (let tick = 0; tick < 40; tick++) {
    faults.clockSkewMs += 250;
    await runDurableObjectAlarm(objectOf(stream));
  }
  const notes = await notesOf('again');
  // The machine's own clock advances too.
  expect(notes.length).toBeGreaterThan(5);
  const times = notes.map((note) => Date.parse(note));
  for (const [index, time] of times.entries()) {
    if (index > 1) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
  }
});

describe('M15 an operator', () => {
  test('lists the timers of a stream page by page, by state', async () => {
    const stream = 'scheduling/listed';
    const at = inMinutes(30);
    const timers = ['a', 'b/1', 'b/2', 'c'].map((set) => ({ set, at, note: set }));
    await run('listed', 'begin', ...timers);
    await operate(stream, 'cancel', 'b/1', 'not needed');
    const first = await shop.get(`/v1/timers/${stream}?limit=3`);
    expect(first.body.timers).toMatchObject([{ id: 'a' }, { id: 'b/1' }, { id: 'b/2' }]);
    expect(first.headers.get('link')).toContain('rel="next"');
    const rest = await timersOf(stream, `?limit=3&cursor=${first.body.cursor}`);
    expect(rest).toMatchObject([{ id: 'c', dueAt: at, data: { note: 'c' }, stopped: null }]);
    expect((await timersOf(stream, '?state=scheduled')).map(({ id }) => id)).toEqual([
      'a',
      'b/2',
      'c',
    ]);
    expect(await timersOf(stream, '?state=cancelled')).toMatchObject([
      { id: 'b/1', stopped: { actor: 'local-developer', reason: 'not needed' } },
    ]);
    expect(await timersOf('scheduling/nobody')).toEqual([]);
    expect((await shop.get('/v1/timers/nothing/x')).status).toBe(404);
    expect((await shop.get(`/v1/timers/${stream}?cursor=x`)).status).toBe(400);
  });

  test('is given a page that ends at a number of bytes', async () => {
    const stream = 'scheduling/heavy';
    for (let index = 0; index < 6; index++) {
      const note = 'x'.repeat(1_000_000);
      await run('heavy', 'light', { set: `t-${index}`, at: inMinutes(30), note });
    }
    const sizes: number[] = [];
    let cursor: unknown = '';
    do {
      const { body } = await shop.get(
        `/v1/timers/${stream}${cursor === '' ? '' : `?cursor=${cursor}`}`,
      );
      sizes.push((body.timers as unknown[]).length);
      cursor = body.cursor;
    } while (cursor !== undefined);
    expect(sizes).toEqual([3, 3]);
  });

  test('cancels one, for a recorded reason, and retries it', async () => {
    const stream = 'scheduling/operated';
    await run('operated', 'begin', { set: 'a', at: inMinutes(1), note: 'a' });
    const cancelled = await operate(stream, 'cancel', 'a', 'a mistake');
    expect(cancelled).toMatchObject({ status: 200, body: { id: 'a', state: 'cancelled' } });
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        ...{ operation: 'timer', action: 'cancel', outcome: 'cancelled' },
        stream: streamWithoutId(stream),
        timer: shortHash('a'),
        principal: shortHash('local-developer'),
      }),
    );
    await evict(stream);
    await awake(stream, 5);
    expect(await notesOf('operated')).toEqual(['begin']);
    expect((await operate(stream, 'cancel', 'a')).status).toBe(409);
    expect((await operate(stream, 'retry', 'a')).body).toMatchObject({ state: 'scheduled' });
    await awake(stream, 0);
    expect(await notesOf('operated')).toEqual(['begin', 'a']);
    expect((await operate(stream, 'retry', 'a')).status).toBe(404);
  });

  test('retries at once what has thrown, and nothing that has not', async () => {
    const stream = 'scheduling/hurried';
    await command(stream, 'Later', { id: 'x', at: inMinutes(1), command: 'Break' });
    expect((await operate(stream, 'retry', 'x')).status).toBe(409);
    await awake(stream, 5);
    expect(await timersOf(stream)).toMatchObject([{ attempts: 1 }]);
    await sqlOf(stream, "UPDATE timer SET command = 'RunAgain'");
    await evict(stream);
    expect((await operate(stream, 'retry', 'x')).body).toMatchObject({ attempts: 0 });
    await awake(stream, 0);
    expect(await notesOf('hurried')).toHaveLength(1);
  });

  test('requires a timer and a reason', async () => {
    expect((await operate('scheduling/asked', 'cancel', 'a', '')).status).toBe(400);
    expect((await operate('scheduling/asked', 'cancel', 'a')).status).toBe(404);
  });
});

test('M16 data is stored as given: its schema parses it when the timer is due', async () => {
  const when = '2026-05-04T12:00:00Z';
  const stream = 'scheduling/dated';
  await command(stream, 'RunAtLater', { id: 'dated', at: inMinutes(1), when });
  expect(await timersOf(stream)).toMatchObject([{ data: { when } }]);
  await evict(stream);
  await awake(stream, 2);
  expect(await notesOf('dated')).toEqual(['true 2026-05-04T12:00:00.000Z']);
});

test('M19 more timers than one run takes fire by the object’s own alarm', async () => {
  const at = new Date(Date.now() + 500).toISOString();
  const many = Array.from({ length: 250 }, (_, index) => ({ set: `t-${index}`, at, note: 'x' }));
  await run('own', 'begin', ...many);
  await vi.waitUntil(async () => (await notesOf('own')).length === 251, { timeout: 20_000 });
}, 30_000);
