/** What a newer object adds to the metadata of its events goes through older code as it came. */
import { runInDurableObject } from 'cloudflare:test';
import { beforeAll, expect, test } from 'vitest';
import type { RelayMessage } from '../../core/protocol/relay-message.ts';
import { deployment } from './support/deployment.ts';
import { evict, keptMessages, objectOf, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));

const buggy = deployment(appWith(works(1)));
const mended = deployment(appWith(works(1, 'mended')));

const added = { region: 'weur', consent: { version: 3 } };

/** The work as an object of newer code stores it, and its message. */
async function newerWork(id: string, note: string): Promise<string> {
  await send(`troublesome/${id}`, 'Work', { note });
  await runInDurableObject(objectOf(`troublesome/${id}`), (_object, { storage: { sql } }) => {
    const update = "UPDATE event SET origin = json_patch(coalesce(origin, '{}'), ?)";
    sql.exec('DROP TRIGGER event_is_never_changed');
    sql.exec(update, JSON.stringify(added));
  });
  await evict(`troublesome/${id}`);
  const [text = ''] = keptMessages();
  const message: RelayMessage = JSON.parse(text);
  const events = message.events.map((event) => ({
    ...event,
    metadata: { ...event.metadata, ...added },
  }));
  return JSON.stringify({ ...message, events });
}

async function journalled(id: string): Promise<unknown[]> {
  const { body } = await buggy.get(`/v1/events?stream=troublesome/${id}`);
  const { events } = body as { events: { metadata: unknown }[] };
  return events.map(({ metadata }) => metadata);
}

test('ST7 through the message into the journal, and out of the stream and the feed', async () => {
  expect(await buggy.deliver([await newerWork('fed', 'fine')])).toBe(0);
  expect(await journalled('fed')).toMatchObject([added]);
  const { body } = await buggy.get('/v1/streams/troublesome/fed');
  expect(body.events).toMatchObject([{ metadata: added }]);
});

test('ST7 where the events are read from the object as well', async () => {
  const message: RelayMessage = JSON.parse(await newerWork('fetched', 'fine'));
  expect(await buggy.deliver([JSON.stringify({ ...message, events: [] })])).toBe(0);
  expect(await journalled('fetched')).toMatchObject([added]);
});

test('ST7 through a dead letter, its redrive included', async () => {
  expect(await buggy.deliver([await newerWork('parked', 'poison')])).toBe(0);
  const path = `/v1/dead-letters/${encodeURIComponent('works@1/troublesome/parked@1')}`;
  const { body } = await buggy.get(path);
  expect(body).toMatchObject({ event: { metadata: added }, upcast: { data: {} } });
  expect((await mended.post(`${path}/redrive`)).body.status).toBe('redriven');
  expect(await rowsOf("SELECT last FROM works_v1 WHERE id = 'parked'")).toEqual([
    { last: 'poison' },
  ]);
  expect(await journalled('parked')).toMatchObject([added]);
});

test('ST7 through the dead-letter queue', async () => {
  expect(await buggy.deliver([await newerWork('given-up', 'fine')], 'events-dead')).toBe(0);
  const path = `/v1/dead-letters/${encodeURIComponent('/troublesome/given-up@1')}`;
  expect((await buggy.get(path)).body).toMatchObject({
    event: { events: [{ metadata: added }] },
  });
  expect((await buggy.post(`${path}/redrive`)).body.status).toBe('redriven');
  expect(await journalled('given-up')).toMatchObject([added]);
});
