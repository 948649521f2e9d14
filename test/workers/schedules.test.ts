/** Schedules: each tick once in effect, whatever becomes of the cron, and nothing silent. */
import { createScheduledController } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../core/process/reactor.ts';
import type { ScheduleTick } from '../../core/schedule/schedule.ts';
import { deployment } from './support/deployment.ts';
import { ADMIN, ask, isolate, operate, provision, sending } from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { aggregateOf, rowsOf, useKeptQueue } from './support/harness.ts';
import {
  appWith,
  daily,
  minute,
  notesOf,
  ownStream,
  scheduleRows,
  ticking,
  useTicks,
} from './support/ticking.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();
useTicks();

const app = appWith(daily());
const shop = deployment(app);

const work = ({ at }: ScheduleTick, id = ownStream()) =>
  command(troublesome, id, 'Work', { note: at.slice(0, 16) });

beforeEach(() => {
  ticking.on = (tick) => [work(tick)];
});

/** The app is known since the day before. */
async function begun(of = shop): Promise<void> {
  await minute(of, '2027-01-09T12:00Z');
}

describe('SD9 a tick is once in effect', () => {
  const NIGHT = '2027-01-10T03:00Z';
  const done = ['2027-01-10T03:00'];

  test('with the schedule as its actor', async () => {
    await begun();
    await minute(shop, '2027-01-10T02:59Z');
    expect(await notesOf(ownStream())).toEqual([]);
    await minute(shop, NIGHT);
    const [event] = await aggregateOf(`troublesome/${ownStream()}`).events({ after: 0, limit: 9 });
    expect(event).toMatchObject({ type: 'Worked', metadata: { actor: 'ledge:schedule/daily' } });
    for (const later of [NIGHT, '2027-01-10T03:01Z', '2027-01-11T02:59Z'])
      await minute(shop, later);
    expect(await notesOf(ownStream())).toEqual(done);
    await minute(shop, '2027-01-11T03:00Z');
    expect(await notesOf(ownStream())).toEqual([...done, '2027-01-11T03:00']);
  });

  test('for two crons at once, and for two deployments', async () => {
    await begun();
    const other = deployment(app);
    await Promise.all([minute(shop, NIGHT), minute(shop, NIGHT), minute(other, NIGHT)]);
    expect(await notesOf(ownStream())).toEqual(done);
    expect(await scheduleRows()).toMatchObject([{ settled: Date.parse(NIGHT), missed: 0 }]);
  });

  test('for a cron that ends between the command and its row', async () => {
    await begun();
    let batches = 0;
    faults.beforeBatch = () => {
      // The first one reads what is due.
      if (++batches === 2) throw new Error('D1_ERROR: Network connection lost.');
    };
    await expect(minute(shop, NIGHT)).rejects.toThrow('connection lost');
    expect(await notesOf(ownStream())).toEqual(done);
    faults.beforeBatch = () => undefined;
    await minute(shop, '2027-01-10T03:01Z');
    expect(await notesOf(ownStream())).toEqual(done);
    const [row] = await scheduleRows();
    expect(JSON.parse(row?.last ?? '')).toEqual({
      at: '2027-01-10T03:00:00.000Z',
      commands: [
        {
          ...{ command: 'Work', stream: `troublesome/${ownStream()}`, outcome: 'accepted' },
          ...{ version: 1, replayed: true },
        },
      ],
    });
  });

  test('after a database that was set back by a week', async () => {
    await begun();
    const [before] = await scheduleRows();
    for (const day of [10, 11, 12]) await minute(shop, `2027-01-${day}T03:00Z`);
    await rowsOf('UPDATE schedule SET settled = ?, last = NULL', before?.settled);
    const all = deployment(appWith(daily({ missed: 'all' })));
    await minute(all, '2027-01-12T03:30Z');
    const days = [10, 11, 12].map((day) => `2027-01-${day}T03:00`);
    expect(await notesOf(ownStream())).toEqual(days);
  });

  test('in the minute of the cron itself, beside its other steps', async () => {
    await begun();
    const tick = { scheduledTime: Date.parse(NIGHT) + 700 };
    await shop.worker.scheduled(createScheduledController(tick), shop.env);
    expect(await notesOf(ownStream())).toEqual(done);
  });
});

describe('SD10 what is due', () => {
  test.each([
    ['skip', [], 7],
    ['once', ['2027-01-16T03:00'], 6],
    ['all', [10, 11, 12, 13, 14, 15, 16].map((day) => `2027-01-${day}T03:00`), 0],
  ] as const)('of a week without a cron is done by `%s`: %j', async (missed, notes, count) => {
    const own = deployment(appWith(daily({ missed })));
    await begun(own);
    await minute(own, '2027-01-16T12:00Z');
    expect(await notesOf(ownStream())).toEqual(notes);
    expect(await scheduleRows()).toMatchObject([{ missed: count, pending: null }]);
    await minute(own, '2027-01-17T03:00Z');
    expect(await notesOf(ownStream())).toEqual([...notes, '2027-01-17T03:00']);
  });

  test('and is left out is counted once, by two crons at once, too', async () => {
    await begun();
    await Promise.all([minute(shop, '2027-01-16T12:00Z'), minute(shop, '2027-01-16T12:00Z')]);
    expect(await scheduleRows()).toMatchObject([{ missed: 6 }]);
  });

  test('is done ten ticks a minute for each schedule and tenant', async () => {
    const own = deployment(appWith(daily({ cron: '0 * * * *', missed: 'all' })));
    await minute(own, '2027-01-10T00:30Z');
    await minute(own, '2027-01-10T12:30Z');
    expect(await notesOf(ownStream())).toHaveLength(10);
    await minute(own, '2027-01-10T12:31Z');
    await minute(own, '2027-01-10T12:32Z');
    expect(await notesOf(ownStream())).toHaveLength(12);
  });

  test('of a new schedule is what comes from now on, its first minute included', async () => {
    await minute(shop, '2027-01-10T03:01Z');
    expect(await notesOf(ownStream())).toEqual([]);
    await rowsOf('DELETE FROM schedule');
    await minute(shop, '2027-01-10T03:00Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-10T03:00']);
  });

  test('of a changed cron or time zone is no tick of the past', async () => {
    await begun();
    const changed = deployment(appWith(daily({ cron: '0 4 * * *', missed: 'all' })));
    await minute(changed, '2027-01-12T12:00Z');
    expect(await notesOf(ownStream())).toEqual([]);
    await minute(changed, '2027-01-13T04:00Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-13T04:00']);
  });

  test('is done for 200 a minute, the others in the next, and those that fail come last', async () => {
    const names = Array.from({ length: 201 }, (_, index) => `t${index}`);
    const insert = `INSERT INTO residence (tenant, state) SELECT value, 'resident' FROM json_each(?)`;
    await rowsOf(insert, JSON.stringify(names));
    const each = deployment(appWith(daily({ tenant: null })));
    ticking.on = ({ tenant }) => {
      if (tenant === 't0') throw new Error('not this one');
      return [];
    };
    const open = async () => (await scheduleRows()).filter(({ last }) => last === null).length;
    await begun(each);
    await minute(each, '2027-01-09T12:01Z');
    expect(await scheduleRows()).toHaveLength(201);
    await minute(each, '2027-01-10T03:00Z');
    await minute(each, '2027-01-10T03:01Z');
    expect(await open()).toBe(1);
    await minute(each, '2027-01-11T03:00Z');
    const [first] = await scheduleRows();
    // Only it is left, since it is behind the others.
    expect(first).toMatchObject({ tenant: 't0', last: null, pending: expect.any(String) });
    expect(
      await rowsOf('SELECT 1 FROM schedule WHERE settled = ?', Date.parse('2027-01-11T03:00Z')),
    ).toHaveLength(200);
  });
});

describe('SD11 a tenant', () => {
  const each = () => deployment(appWith(daily({ tenant: null }), daily({ name: 'own' })));
  const idOf = (tenant: string) => `${ownStream()}-${tenant}`;

  beforeEach(() => {
    ticking.on = (tick) => [work(tick, idOf(tick.tenant))];
  });

  test('has ticks of its own, and those of a named tenant are that one’s alone', async () => {
    await provision('sd11-acme', 'sd11-leaver');
    for (const [tenant, state] of [
      ['sd11-acme', 'resident'],
      ['sd11-leaver', 'leaving'],
      ['sd11-going', 'erasing'],
      ['sd11-gone', 'erased'],
    ])
      await rowsOf('INSERT INTO residence (tenant, state) VALUES (?, ?)', tenant, state);
    await begun(each());
    await minute(each(), '2027-01-10T03:00Z');
    const rows = (await scheduleRows()).map(({ tenant, name }) => `${tenant} ${name}`);
    expect(rows).toEqual(['main daily', 'main own', 'sd11-acme daily', 'sd11-leaver daily']);
    expect(await notesOf(idOf('sd11-acme'), 'sd11-acme')).toEqual(['2027-01-10T03:00']);
    expect(await notesOf(idOf('sd11-leaver'), 'sd11-leaver')).toEqual(['2027-01-10T03:00']);
    expect(await notesOf(idOf('main'))).toHaveLength(2);
  });

  test('that is suspended has none; resumed, it has what its policy says', async () => {
    faults.health = 'reports';
    const tenant = 'sd11-late';
    await provision(tenant);
    await rowsOf("INSERT INTO residence (tenant, state) VALUES (?, 'resident')", tenant);
    await begun(each());
    await operate(tenant, 'suspend', { mode: 'read-only', reason: 'unpaid' });
    await minute(each(), '2027-01-10T03:00Z');
    await minute(each(), '2027-01-11T03:00Z');
    expect(await notesOf(idOf(tenant), tenant)).toEqual([]);
    const [, , row] = await scheduleRows();
    expect(row).toMatchObject({ tenant, pending: expect.stringContaining('unpaid') });
    await operate(tenant, 'resume', { reason: 'paid' });
    await minute(each(), '2027-01-11T09:00Z');
    expect(await notesOf(idOf(tenant), tenant)).toEqual(['2027-01-11T03:00']);
  });

  test('that is provisioned has ticks before it has events', async () => {
    const tenant = 'sd11-new';
    const app = appWith(daily({ tenant: null }));
    const made = await ask(ADMIN, '/v1/tenants', sending({ tenant }), isolate(app));
    expect(made).toMatchObject({ status: 201 });
    const own = deployment(app);
    await begun(own);
    await minute(own, '2027-01-10T03:00Z');
    expect(await notesOf(idOf(tenant), tenant)).toEqual(['2027-01-10T03:00']);
  });

  test('that is not provisioned has none, and the log has a line', async () => {
    const nobody = deployment(appWith(daily({ tenant: 'sd11-nobody' })));
    await begun(nobody);
    await minute(nobody, '2027-01-10T03:00Z');
    expect(await scheduleRows()).toEqual([]);
    expect(faults.log).toContainEqual({
      ...{ level: 'warn', operation: 'schedule', tenant: 'sd11-nobody' },
      note: 'of a tenant that is not provisioned',
    });
  });

  test('that is erased leaves nothing of its schedules, and none begins again', async () => {
    const tenant = 'sd11-erased';
    await provision(tenant);
    await rowsOf("INSERT INTO residence (tenant, state) VALUES (?, 'resident')", tenant);
    const own = deployment(appWith(daily({ tenant: null })));
    await begun(own);
    expect((await scheduleRows()).map((row) => row.tenant)).toEqual([tenant]);
    const at = new Date(Date.now() + 1_000).toISOString();
    await operate(tenant, 'schedule-erasure', { at, reason: 'gone' });
    faults.clockSkewMs += 2_000;
    let isDone: unknown = false;
    while (isDone !== true) isDone = (await operate(tenant, 'erase')).body.done;
    await minute(own, '2027-01-10T03:00Z');
    expect(await scheduleRows()).toEqual([]);
  });
});

describe('SD12 the commands of a tick', () => {
  const stream = () => `troublesome/${ownStream()}`;

  test('may be rejected: that is an answer, and shown', async () => {
    ticking.on = () => [command(troublesome, ownStream(), 'Reject', {})];
    await begun();
    await minute(shop, '2027-01-10T03:00Z');
    const { body } = await shop.get('/v1/schedules');
    expect(body).toMatchObject({
      schedules: [
        {
          ...{ name: 'daily', cron: '0 3 * * *', timeZone: 'UTC', missed: 'once', state: 'active' },
          ...{ nextAt: expect.stringMatching(/T03:00:00\.000Z$/), pending: null, missedTicks: 0 },
          last: {
            at: '2027-01-10T03:00:00.000Z',
            commands: [
              {
                command: 'Reject',
                stream: stream(),
                outcome: 'rejected',
                version: 0,
                reason: 'never',
              },
            ],
          },
        },
      ],
    });
  });

  test('that cannot be sent are sent again every minute, and reported after five', async () => {
    faults.health = 'reports';
    let isDown = true;
    const down = deployment(app, { unreachable: (name) => isDown && name === `main/${stream()}` });
    await begun();
    await minute(down, '2027-01-10T03:00Z');
    await minute(down, '2027-01-10T03:01Z');
    expect((await shop.get('/v1/schedules')).body).toMatchObject({
      schedules: [
        {
          state: 'waiting',
          pending: {
            ...{ at: '2027-01-10T03:00:00.000Z', since: '2027-01-10T03:00:00.000Z' },
            cause: expect.stringContaining('unavailable'),
          },
        },
      ],
    });
    expect(await incidents()).toEqual([]);
    await minute(down, '2027-01-10T03:10Z');
    expect(await incidents()).toMatchObject([{ stream: 'ledge.schedule/daily', version: 1 }]);
    isDown = false;
    await minute(down, '2027-01-10T03:11Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-10T03:00']);
    expect(await incidents()).toEqual([]);
    expect(await scheduleRows()).toMatchObject([{ pending: null, missed: 0 }]);
  });

  test.each([
    [
      'a function that throws',
      (): never => {
        throw new Error('no such report');
      },
      'no such report',
    ],
    ['an id that is none', () => command(troublesome, 'no id!', 'Work', {}), 'An id is'],
    ['an aggregate that throws', () => command(troublesome, 'thrower', 'Throw', {}), 'is failed'],
  ])('of %s are an incident until the code is mended', async (_, bad, cause) => {
    faults.health = 'reports';
    ticking.on = (tick) => [work(tick), bad()];
    await begun();
    await minute(shop, '2027-01-10T03:00Z');
    await minute(shop, '2027-01-10T03:01Z');
    expect(await incidents()).toMatchObject([
      {
        ...{ tenant: 'main', kind: 'schedule', settledVersion: null, reports: 1 },
        cause: expect.stringMatching(
          new RegExp(`The tick of 2027-01-10T03:00:00.000Z is not done. .*${cause}`),
        ),
        remedy: expect.stringContaining('skip'),
      },
    ]);
    expect((await shop.get('/v1/status')).body).toMatchObject({ undelivered: { schedules: 1 } });
    ticking.on = (tick) => [work(tick), work(tick)];
    await minute(shop, '2027-01-10T09:00Z');
    // The first one was executed before.
    expect(await notesOf(ownStream())).toEqual(['2027-01-10T03:00', '2027-01-10T03:00']);
    expect(await incidents()).toEqual([]);
  });

  test('that fail give way to the next tick, or hold it up by `all`', async () => {
    faults.health = 'reports';
    ticking.on = (tick) => {
      if (tick.at.startsWith('2027-01-10')) throw new Error('not this night');
      return [work(tick)];
    };
    const all = deployment(appWith(daily({ missed: 'all' })));
    await begun(all);
    await minute(all, '2027-01-10T03:00Z');
    await minute(all, '2027-01-11T03:00Z');
    expect(await notesOf(ownStream())).toEqual([]);
    await minute(shop, '2027-01-11T03:01Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-11T03:00']);
    expect(await scheduleRows()).toMatchObject([{ missed: 1, pending: null }]);
    expect(await incidents()).toEqual([]);
  });

  test('are stored as done once the incident is closed', async () => {
    faults.health = 'reports';
    ticking.on = () => {
      throw new Error('not yet');
    };
    await begun();
    await minute(shop, '2027-01-10T03:00Z');
    ticking.on = (tick) => [work(tick)];
    const { HEALTH: real } = shop.env;
    const away = {
      getByName: () => {
        throw new Error('Internal error.');
      },
    };
    await minute({ ...shop, env: { ...shop.env, HEALTH: away } }, '2027-01-10T03:01Z');
    expect(await scheduleRows()).toMatchObject([{ last: null, pending: expect.any(String) }]);
    await minute({ ...shop, env: { ...shop.env, HEALTH: real } }, '2027-01-10T03:02Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-10T03:00']);
    expect([await incidents(), await scheduleRows()]).toMatchObject([[], [{ pending: null }]]);
  });

  async function incidents() {
    const { body } = await shop.get('/v1/incidents');
    const { incidents: all } = body as { incidents: { kind: string }[] };
    return all.filter(({ kind }) => kind === 'schedule');
  }
});

describe('SD13 an operator', () => {
  const reason = 'a test';
  const operated = (operation: string, input: object = {}) =>
    shop.post(`/v1/schedules/daily/${operation}`, { reason, ...input });

  test('runs a tick once, whether or not the schedule does it, too', async () => {
    await begun();
    const at = '2026-11-10T03:00:00.000Z';
    const { status, body } = await operated('run', { at });
    expect([status, body]).toMatchObject([200, { at, commands: [{ outcome: 'accepted' }] }]);
    expect((await operated('run', { at: '2026-11-10T04:00:00+01:00' })).body).toMatchObject({
      ...{ at, commands: [{ replayed: true }] },
    });
    expect(await notesOf(ownStream())).toEqual(['2026-11-10T03:00']);
    const now = await operated('run');
    expect(now.body.at).toMatch(/:00\.000Z$/);
    expect(await notesOf(ownStream())).toHaveLength(2);
  });

  test.each([
    [{ at: '2026-11-10T03:00:30.000Z' }, 'whole minute'],
    [{ at: '2999-11-10T03:00:00.000Z' }, 'not in the future'],
  ])('runs no tick at %j', async (input, message) => {
    const { status, body } = await operated('run', input);
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(message)]);
  });

  test('is answered why a tick is not done', async () => {
    ticking.on = () => {
      throw new Error('no such report');
    };
    const failed = await operated('run');
    expect([failed.status, failed.body.detail]).toEqual([
      409,
      expect.stringContaining('no such report'),
    ]);
    ticking.on = (tick) => [work(tick)];
    const down = deployment(app, { unreachable: (name) => name.includes(ownStream()) });
    const unsent = await down.post('/v1/schedules/daily/run', { reason });
    expect([unsent.status, unsent.body.detail]).toEqual([
      503,
      expect.stringContaining('nothing is done twice'),
    ]);
  });

  test('pauses a schedule and resumes it from now on', async () => {
    await begun();
    expect((await operated('pause')).body).toMatchObject({ state: 'paused', nextAt: null });
    await minute(shop, '2027-01-10T03:00Z');
    await minute(shop, '2027-01-11T03:00Z');
    expect(await notesOf(ownStream())).toEqual([]);
    // As if resumed at that time.
    faults.clockSkewMs = Date.parse('2027-01-11T12:00Z') - Date.now();
    expect((await operated('resume')).body).toMatchObject({ state: 'active', missedTicks: 0 });
    await minute(shop, '2027-01-11T12:01Z');
    expect(await notesOf(ownStream())).toEqual([]);
    await minute(shop, '2027-01-12T03:00Z');
    expect(await notesOf(ownStream())).toEqual(['2027-01-12T03:00']);
  });

  test('pauses one that the cron has not seen', async () => {
    expect((await shop.get('/v1/schedules')).body).toMatchObject({ schedules: [{ state: 'new' }] });
    expect((await operated('pause')).body).toMatchObject({ state: 'paused' });
  });

  test('skips a tick that is not done, and no other', async () => {
    faults.health = 'reports';
    expect((await operated('skip')).status).toBe(409);
    ticking.on = (tick) => {
      if (tick.at.startsWith('2027-01-10')) throw new Error('not this night');
      return [work(tick)];
    };
    await begun();
    await minute(shop, '2027-01-10T03:00Z');
    expect((await shop.get('/v1/schedules')).body).toMatchObject({
      schedules: [{ state: 'failing' }],
    });
    expect((await operated('skip')).body).toMatchObject({
      state: 'active',
      missedTicks: 1,
      pending: null,
    });
    expect((await shop.get('/v1/incidents')).body).toMatchObject({ incidents: [] });
    await minute(shop, '2027-01-10T03:01Z');
    expect(await notesOf(ownStream())).toEqual([]);
  });

  test('sees the schedules of its tenant, and needs a reason', async () => {
    const other = deployment(
      appWith(daily({ tenant: 'other' }), daily({ name: 'each', tenant: null })),
    );
    const { body } = await other.get('/v1/schedules');
    expect(body).toMatchObject({ schedules: [{ name: 'each' }] });
    expect((await other.post('/v1/schedules/daily/pause', { reason })).status).toBe(404);
    expect((await shop.post('/v1/schedules/daily/pause', {})).status).toBe(400);
  });
});

describe('SD14 the cost', () => {
  const counted = async (run: () => Promise<void>) => {
    let trips = 0;
    faults.beforeTrip = () => {
      trips++;
    };
    const [written, read] = [faults.rowsWritten, faults.rowsRead];
    await run();
    faults.beforeTrip = () => undefined;
    return { trips, written: faults.rowsWritten - written, read: faults.rowsRead - read };
  };

  test('of a minute without a tick is one request that writes nothing, of a tick another that writes one row', async () => {
    await begun();
    expect(await counted(() => minute(shop, '2027-01-09T12:01Z'))).toEqual({
      trips: 1,
      written: 0,
      read: 8,
    });
    expect(await counted(() => minute(shop, '2027-01-10T03:00Z'))).toMatchObject({
      trips: 2,
      written: 1,
    });
  });

  test('of a schedule of each tenant is two rows read a minute for each, and one written a tick', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `t${index}`);
    const insert = `INSERT INTO residence (tenant, state) SELECT value, 'resident' FROM json_each(?)`;
    await rowsOf(insert, JSON.stringify(names));
    ticking.on = () => [];
    const each = deployment(appWith(daily({ tenant: null })));
    expect(await counted(() => begun(each))).toMatchObject({ trips: 6, written: 100 });
    const idle = await counted(() => minute(each, '2027-01-09T12:01Z'));
    expect(idle).toMatchObject({ trips: 1, written: 0 });
    expect(Math.round(idle.read / 100)).toBe(2);
    // A request for each 20.
    expect(await counted(() => minute(each, '2027-01-10T03:00Z'))).toMatchObject({
      ...{ trips: 6, written: 100 },
    });
  });

  test('of an app without schedules is nothing', async () => {
    const none = deployment(testApp);
    expect(await counted(() => minute(none, '2027-01-10T03:00Z'))).toEqual({
      trips: 0,
      written: 0,
      read: 0,
    });
    const tick = createScheduledController({ scheduledTime: Date.parse('2027-01-10T03:01Z') });
    // Other steps of the cron look at D1 now and then: the least of three is what each minute costs.
    const leastTrips = async ({ worker, env: bindings }: typeof shop) => {
      const run = () => counted(async () => void (await worker.scheduled(tick, bindings)));
      await run();
      const counts = [await run(), await run(), await run()];
      return Math.min(...counts.map(({ trips }) => trips));
    };
    const without = await leastTrips(none);
    await begun();
    expect((await leastTrips(shop)) - without).toBe(1);
  });
});
