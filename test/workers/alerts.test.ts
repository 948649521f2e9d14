/** Each alert is provoked: it is logged when it begins, once an hour while it lasts, and when it is over. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type AlertName, alertNames, alerts } from '../../core/failures/alerts.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { deployment } from './support/deployment.ts';
import { testApp, wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, objectOf, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { provider, resetProvider } from './support/payment-provider.ts';
import { putBack, savedObject } from './support/restored-object.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));

const app = appWith(works(1));
const server = deployment(app);
const mended = deployment(appWith(works(1, 'mended')));
const whole = deployment(wholeApp);

const HOUR_MS = 3_600_000;

/** When the relay's alarm looks first, with the most of its jitter. */
const FIRST_LOOK_MS = 11_001;

beforeEach(async () => {
  faults.health = 'real';
  const kept = env.HEALTH.getByName('observations');
  await runInDurableObject(kept, (_object, { storage }) => {
    for (const name of ['object', 'alert', 'database_size', 'observation', 'incident', 'unlisted'])
      storage.sql.exec(`DROP TABLE IF EXISTS ${name}`);
  });
  await evictDurableObject(kept);
});

/** A tick of the cron; answers the lines of one alert. */
async function tick(name: AlertName, at: LedgeEnv, of = server): Promise<unknown[]> {
  faults.log.length = 0;
  await of.worker.scheduled({ scheduledTime: 0 } as ScheduledController, at).catch(() => undefined);
  return faults.log.filter((line) => line.alert === name);
}

interface Provoked {
  readonly subject: string;
  /** Figures of its line. */
  readonly figures?: object;
  /** The bindings under which it is seen, where it lies in them. */
  readonly at?: LedgeEnv;
  mend(): Promise<unknown>;
}

let made = 0;

async function parked(): Promise<string> {
  const stream = `troublesome/alert-${++made}` as const;
  expect((await send(stream, 'Work', { note: 'poison' })).status).toBe(200);
  await server.deliver(keptMessages());
  return stream;
}

const redrive = () => mended.post('/v1/redrive', { projection: 'works' });

/** A stream whose first event is lost on its way, as its object has found. */
async function undelivered(): Promise<string> {
  const stream = `product/alert-${++made}` as const;
  await send(stream, 'RegisterProduct', { name: 'x', priceCents: 1 });
  keptMessages();
  faults.clockSkewMs += FIRST_LOOK_MS;
  await runDurableObjectAlarm(objectOf(stream));
  keptMessages();
  return stream;
}

const withoutObjects = deployment(app, { unreachable: () => true });

/** A backlog that no test waits for; the local queue has none. */
function backlogOf(backlogCount: number): LedgeEnv {
  const metrics = async () => ({
    ...{ backlogCount, backlogBytes: 1, oldestMessageTimestamp: new Date() },
  });
  return { ...server.env, EVENTS: Object.assign(Object.create(env.EVENTS), { metrics }) };
}

async function incidentOf(
  kind: 'subscription' | 'schedule' | 'group',
  stream: string,
): Promise<Provoked> {
  const named = { tenant: 'main', stream, kind, version: 1 } as const;
  const incident = { ...named, settledVersion: null, cause: 'It fails.', remedy: 'Mend it.' };
  await server.projector.reportIncidents([incident]);
  return {
    ...{ subject: `${kind}s`, figures: { incidents: 1 } },
    mend: () => server.projector.resolveIncidents([named]),
  };
}

const provoke: Readonly<Record<AlertName, () => Promise<Provoked>>> = {
  'database-unreachable': async () => {
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    return {
      ...{ subject: 'DB', figures: { kind: 'unreachable' } },
      mend: async () => {
        faults.beforeTrip = () => undefined;
      },
    };
  },
  'database-nearly-full': async () => ({
    subject: 'DB',
    figures: { percent: expect.any(Number) },
    at: { ...server.env, LEDGE_DATABASE_MB: '0.01' },
    mend: async () => undefined,
  }),
  'backlog-high': async () => ({
    subject: 'EVENTS',
    figures: { messages: 10_001 },
    at: backlogOf(10_001),
    mend: async () => undefined,
  }),
  'lag-high': async () => {
    await parked();
    faults.clockSkewMs += 301_000;
    const figures = { events: 1, seconds: expect.any(Number) };
    return { subject: 'works', figures, mend: redrive };
  },
  'stream-undelivered': async () => {
    const stream = streamWithoutId(await undelivered());
    return {
      ...{ subject: 'product', at: withoutObjects.env },
      figures: { incidents: 1, events: 1, tenant: 'main', stream },
      mend: async () => undefined,
    };
  },
  'action-parked': async () => {
    resetProvider();
    const stream = `charging/alert-${++made}` as const;
    provider.answers = (call) => (call === 0 ? '402' : '500');
    await whole.post(`/v1/commands/${stream}/RequestPayment`, { cents: 1 });
    const known = async () => JSON.stringify((await whole.get('/v1/incidents')).body);
    // The letter to a declined payer does not come through either.
    await vi.waitFor(async () =>
      expect((await whole.get(`/v1/actions/${stream}`)).body).toMatchObject({
        actions: [{ action: 'letter', attempts: 1, cause: expect.any(String) }],
      }),
    );
    faults.clockSkewMs += 60_000;
    await runDurableObjectAlarm(objectOf(stream));
    await vi.waitUntil(async () => (await known()).includes(stream), { timeout: 10_000 });
    const named = { action: 'letter', version: 2, reason: 'A test.' };
    return {
      ...{ subject: 'actions', figures: { incidents: 1 } },
      mend: async () => {
        await whole.post(`/v1/actions/${stream}/skip`, named);
        await vi.waitUntil(async () => !(await known()).includes(stream), { timeout: 10_000 });
      },
    };
  },
  'timer-stuck': async () => {
    const id = `alert-${++made}`;
    const at = new Date(Date.now() - 1_000).toISOString();
    const later = { id: 'once', at, command: 'RunTooMuch' };
    await whole.post(`/v1/commands/scheduling/${id}/Later`, later);
    await runDurableObjectAlarm(objectOf(`scheduling/${id}`));
    const known = async () => JSON.stringify((await whole.get('/v1/incidents')).body);
    await vi.waitUntil(async () => (await known()).includes(id), { timeout: 10_000 });
    return {
      ...{ subject: 'timers', figures: { incidents: 1 } },
      mend: async () => {
        const cancelled = { timer: 'once', reason: 'Seen to.' };
        await whole.post(`/v1/timers/scheduling/${id}/cancel`, cancelled);
        await vi.waitUntil(async () => !(await known()).includes(id), { timeout: 10_000 });
      },
    };
  },
  'object-restored': async () => {
    const stream = `product/alert-${++made}` as const;
    const recovered = async () => (await server.post(`/v1/recover/${stream}`)).body.state;
    const receive = (quantity: number) => send(stream, 'ReceiveStock', { quantity });
    await send(stream, 'RegisterProduct', { name: 'x', priceCents: 1 });
    const saved = await savedObject(stream);
    await receive(1);
    await server.deliver(keptMessages());
    await putBack(stream, saved);
    await receive(2);
    keptMessages();
    expect(await recovered()).toBe('diverged');
    return {
      ...{ subject: 'objects', figures: { incidents: 1 } },
      mend: async () => {
        await putBack(stream, saved);
        expect(await recovered()).toBe('whole');
      },
    };
  },
  'projection-stopped': async () => {
    await server.get('/v1/projections');
    expect((await server.post('/v1/projections/orders/pause')).status).toBe(200);
    return {
      subject: 'orders',
      mend: async () => {
        await server.post('/v1/projections/orders/resume');
        await server.buildAll('orders');
      },
    };
  },
  'dead-letters': async () => {
    await parked();
    return { subject: 'works', figures: { parked: 1 }, mend: redrive };
  },
  'messages-given-up': async () => {
    const stream = `product/alert-${++made}`;
    const body = JSON.stringify({ tenant: 'main', stream, version: 1, events: [] });
    expect(await server.deliver([body], 'events-dead')).toBe(0);
    const path = `/v1/dead-letters/${encodeURIComponent(`/${stream}@1`)}/discard`;
    return {
      ...{ subject: 'DB', figures: { messages: 1 } },
      mend: async () => {
        expect((await server.post(path, { reason: 'Seen to.' })).status).toBe(200);
      },
    };
  },
  'inbound-parked': async () => {
    const id = `inbound:carrier@1/alert-${++made}`;
    await rowsOf(
      `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
         parked_at) VALUES ('main', ?, 'inbound:carrier@1', '', 0, '', 'null', 'Error', '', 1, 'parked', ?)`,
      ...[id, new Date().toISOString()],
    );
    const path = `/v1/dead-letters/${encodeURIComponent(id)}/discard`;
    return {
      ...{ subject: 'DB', figures: { parked: 1 } },
      mend: async () => {
        expect((await server.post(path, { reason: 'Seen to.' })).status).toBe(200);
      },
    };
  },
  'subscription-failing': () => incidentOf('subscription', 'ledge.subscription/sub_1'),
  'schedule-failing': () => incidentOf('schedule', 'ledge.schedule/nightly'),
  'group-failing': () => incidentOf('group', 'ledge.group/billing'),
  'sweep-behind': async () => {
    await undelivered();
    return {
      ...{ subject: 'sweep', figures: { incidents: 1 }, at: withoutObjects.env },
      mend: async () => undefined,
    };
  },
  'upkeep-failing': async () => {
    await rowsOf('ALTER TABLE watch RENAME TO away');
    return {
      subject: 'notify-watchers',
      mend: () => rowsOf('ALTER TABLE away RENAME TO watch'),
    };
  },
};

test.each(alertNames)(
  'MX1 %s is logged when it begins, once an hour while it lasts, and when it is over',
  async (name) => {
    const { subject, figures = {}, at = server.env, mend } = await provoke[name]();
    const { level, of, cause, remedy } = alerts[name];
    const line = { operation: 'alert', alert: name, [of]: subject };
    const raised = { level, ...line, state: 'raised', cause, remedy, ...figures };
    expect(await tick(name, at)).toEqual([expect.objectContaining(raised)]);
    faults.clockSkewMs += HOUR_MS / 2;
    expect(await tick(name, at)).toEqual([]);
    faults.clockSkewMs += HOUR_MS / 2;
    expect(await tick(name, at)).toEqual([expect.objectContaining({ ...line, state: 'lasts' })]);
    await mend();
    expect(await tick(name, server.env)).toEqual([{ level: 'info', ...line, state: 'over' }]);
    expect(await tick(name, server.env)).toEqual([]);
  },
);

test('MX2 an alert is not over because nothing could be read', async () => {
  await parked();
  expect(await tick('dead-letters', server.env)).toHaveLength(1);
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  expect(await tick('dead-letters', server.env)).toEqual([]);
  const { body } = await server.get('/v1/status');
  expect(body.alerts).toContainEqual(expect.objectContaining({ alert: 'dead-letters' }));
  faults.beforeTrip = () => undefined;
  await redrive();
  expect(await tick('dead-letters', server.env)).toMatchObject([{ state: 'over' }]);
});

test('MX3 a line of an alert has no id, no address and no message of domain code', async () => {
  const stream = await parked();
  const lines = JSON.stringify(await tick('dead-letters', server.env));
  expect(lines).not.toContain(stream);
  expect(lines).not.toContain('cannot take poison');
  await redrive();
});

test('MX4 all is well without failures: no alert is logged, and the cron is said to have looked', async () => {
  expect(await deployment(testApp).get('/v1/status')).toMatchObject({ body: { observedAt: null } });
  faults.log.length = 0;
  await server.worker.scheduled({ scheduledTime: 0 } as ScheduledController, server.env);
  expect(faults.log.filter(({ operation }) => operation === 'alert')).toEqual([]);
  expect((await server.get('/v1/status')).body).toMatchObject({
    ...{ observedAt: expect.any(String), alerts: [], unread: [] },
  });
});
