/** Notifications of Live objects: before a message is acknowledged, and by the cron if that fails. */
import { createScheduledController } from 'cloudflare:test';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LiveNotification } from '../../core/live/watch.ts';
import type { LedgeEnv, LiveStub } from '../../worker/runtime/env.ts';
import { deployment } from './support/deployment.ts';
import { testApp, worker } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { deliver, env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { closeAll, loseLive, openLive } from './support/live-client.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2]) await createWorks(version);
});
afterEach(closeAll);

/** The Worker's bindings with a Live object that runs a function of the test when it is notified. */
function withLive(changed: LiveStub['changed']): LedgeEnv {
  const { LIVE: objects }: LedgeEnv = env;
  return {
    ...env,
    LIVE: {
      getByName: (name) => ({
        fetch: (request) => objects.getByName(name).fetch(request),
        changed,
        dismiss: (dismissal) => objects.getByName(name).dismiss(dismissal),
      }),
    },
  };
}

/** Hands messages to the consumer, with what happens written down in its order. */
async function consume(bodies: readonly string[], at: LedgeEnv, story: string[]): Promise<void> {
  const messages = bodies.map((body, index) => ({
    ...{ id: `t${index}`, timestamp: new Date(), attempts: 1, body },
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    ack: () => story.push('acknowledged'),
    retry: () => story.push('retried'),
  }));
  const whole = { ackAll: () => undefined, retryAll: () => undefined };
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  await worker.queue({ queue: 'events', messages, metadata, ...whole }, at);
}

function tick(at: LedgeEnv = env): Promise<void> {
  return worker.scheduled(createScheduledController(), at);
}

async function registered(id: string): Promise<string[]> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 1 });
  return keptMessages();
}

describe('B7 a Live object that follows rows is notified', () => {
  test('before the message is acknowledged', async () => {
    const client = await openLive();
    client.subscribe('p', 'products');
    await client.next('snapshot');
    const story: string[] = [];
    const notified: (readonly LiveNotification[])[] = [];
    const at = withLive(async (watches) => {
      notified.push(watches);
      story.push('notified');
    });
    await consume(await registered('ordered'), at, story);
    expect(story).toEqual(['notified', 'acknowledged']);
    expect(notified).toMatchObject([[{ tenant: 'main', projection: 'products', shard: 0 }]]);
  });

  test('again when a message is repeated whose events are already applied', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input: { name: 'again' } });
    await client.next('snapshot');
    const messages = await registered('again');
    const dies = withLive(() => new Promise(() => undefined));
    const rows = () => rowsOf("SELECT * FROM products_v1 WHERE product = 'again'");
    // As if the consumer had been killed between the commit and the notification: its messages are delivered again.
    const dying = consume(messages, dies, []);
    await expect.poll(rows).toHaveLength(1);
    await deliver(messages);
    await client.until(() => client.keys('p').includes('again'));
    await dying;
  }, 20_000);

  test('later, by the cron, when it cannot be notified now; nothing is delayed', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input: { 'name.prefix': 'later' } });
    await client.next('snapshot');
    for (const [index, broken] of [
      () => Promise.reject(new Error('The Durable Object is overloaded.')),
      () => new Promise<void>(() => undefined),
    ].entries()) {
      const story: string[] = [];
      await consume(await registered(`later-${index}`), withLive(broken), story);
      expect(story).toEqual(['acknowledged']);
      expect(client.keys('p')).toHaveLength(index);
      await tick();
      await client.until(() => client.keys('p').includes(`later-${index}`));
      expect(await rowsOf('SELECT * FROM watch WHERE due IS NOT NULL')).toEqual([]);
    }
  }, 20_000);

  test('when it cannot even be marked, by the message that is not acknowledged', async () => {
    const client = await openLive();
    client.subscribe('p', 'products', { input: { name: 'unmarked' } });
    await client.next('snapshot');
    const messages = await registered('unmarked');
    const story: string[] = [];
    const broken = withLive(() => {
      faults.beforeTrip = () => {
        throw new Error('D1_ERROR: Network connection lost.');
      };
      return Promise.reject(new Error('The Durable Object is overloaded.'));
    });
    await consume(messages, broken, story);
    expect(story).toEqual(['retried']);
    faults.beforeTrip = () => undefined;
    await deliver(messages);
    await client.until(() => client.keys('p').includes('unmarked'));
  });

  test('and no other: rows without followers cost no call and no row', async () => {
    await loseLive();
    await rowsOf('DELETE FROM watch');
    const client = await openLive();
    client.subscribe('c', 'customers');
    await client.next('snapshot');
    const notified: string[] = [];
    const at = withLive(async (watches) => {
      notified.push(...watches.map(({ projection }) => projection));
    });
    faults.rowsWritten = 0;
    await consume(await registered('unwatched'), at, []);
    const journalCheckpointAndRow = 3;
    expect(faults.rowsWritten).toBe(journalCheckpointAndRow);
    expect(notified).toEqual([]);
  });
});

describe('B8 when other rows begin to serve', () => {
  test('subscriptions get the new rows', async () => {
    const server = deployment(testApp);
    await deliver(await registered('healed'));
    const client = await openLive();
    client.subscribe('p', 'products', { key: ['healed'] });
    await client.next('snapshot');
    await rowsOf("UPDATE products_v1 SET on_hand = 99 WHERE product = 'healed'");
    client.subscribe('q', 'products', { input: { product: 'healed' } });
    await client.next('snapshot', 'q');
    expect(client.rows('q')).toMatchObject([{ onHand: 99 }]);
    expect((await server.post('/v1/projections/products/rebuild')).status).toBe(200);
    await server.buildAll('products');
    await client.until(() => JSON.stringify(client.rows('q')).includes('"onHand":0'));
    expect(client.rows('q')).toEqual(client.rows('p'));
  });

  /** As the Live object of a Worker that knows the read model would write it. */
  async function watchWorks(): Promise<void> {
    await rowsOf("INSERT INTO watch VALUES ('main', 'works', 0, 'by hand', NULL)");
  }

  const watched = () => rowsOf("SELECT due FROM watch WHERE projection = 'works'");

  test('a build, a rollback, a pause and a resume notify Live objects', async () => {
    const first = deployment(appWith(works(1)));
    const notified: string[] = [];
    const second = deployment(appWith(works(2, 'mended', works(1))), {
      notified: (watches) => notified.push(...watches.map(({ projection }) => projection)),
    });
    await first.get('/v1/projections');
    await send('troublesome/b8', 'Work', { note: 'one' });
    await first.deliver(keptMessages());
    await watchWorks();
    const expectNotified = async () => {
      expect(notified.splice(0)).toContain('works');
      expect(await watched()).toEqual([{ due: null }]);
    };
    await second.get('/v1/projections');
    await expectNotified();
    await second.buildAll('works');
    await expectNotified();
    for (const [operation, input] of [
      ['rollback', { version: 1 }],
      ['pause', {}],
      ['resume', {}],
    ] as const) {
      expect((await second.post(`/v1/projections/works/${operation}`, input)).status).toBe(200);
      await expectNotified();
    }
    await second.buildAll('works');
    await expectNotified();
  });

  test('a Live object that could not be notified is notified by the cron', async () => {
    const broken = deployment(appWith(works(2, 'mended', works(1))), {
      notified: () => {
        throw new Error('The Durable Object is overloaded.');
      },
    });
    await broken.post('/v1/projections/works/pause', {});
    expect(await watched()).toEqual([{ due: expect.any(String) }]);
    await tick();
    // The notified object does not follow such rows, and unregisters.
    await expect.poll(watched).toEqual([]);
  });
});
