/** Limits that the platform enforces and the local runtime does not: our own code applies them. */
import { expect, test } from 'vitest';
import { deliver, get, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

const EVENT_BYTES = 262_144;
const AROUND = '{"note":""}'.length;

function workMuch(name: string, events: number, noteLength: number) {
  return send(`troublesome/${name}`, 'WorkMuch', { events, noteLength });
}

async function versionOf(name: string): Promise<unknown> {
  return (await get(`/v1/aggregates/troublesome/${name}`)).body.version;
}

test('L1 an event of the largest size is stored, projected and read back', async () => {
  expect((await workMuch('largest', 1, EVENT_BYTES - AROUND)).status).toBe(200);
  await deliver(keptMessages());
  const [row] = await rowsOf<{ data: string }>(
    "SELECT data FROM journal WHERE stream = 'troublesome/largest'",
  );
  expect(JSON.parse(row?.data ?? '')).toEqual({ note: 'x'.repeat(EVENT_BYTES - AROUND) });
});

test('L1 one byte more is refused, with its neighbours in the same command', async () => {
  await workMuch('over', 1, 1);
  const answer = await workMuch('over', 3, EVENT_BYTES - AROUND + 1);
  expect(answer).toMatchObject({
    status: 413,
    body: { type: '/problems/too-large', limitBytes: EVENT_BYTES, what: 'event Worked' },
  });
  expect(await versionOf('over')).toBe(1);
});

test('L1 bytes are counted, not characters', async () => {
  const note = 'é'.repeat(EVENT_BYTES / 2);
  expect((await send('troublesome/bytes', 'Work', { note })).status).toBe(413);
  expect((await send('troublesome/bytes', 'Work', { note: note.slice(AROUND) })).status).toBe(200);
});

test('L2 a command that decides without end stores nothing', async () => {
  expect((await workMuch('endless', 10_001, 1)).status).toBe(500);
  expect((await get('/v1/aggregates/troublesome/endless')).status).toBe(404);
  expect((await workMuch('endless', 10_000, 1)).body).toMatchObject({ version: 10_000 });
});

test('L3 strings are returned unchanged', async () => {
  const notes = [
    '\u202eright to left',
    'e\u0301 \u00e9',
    '\ud83d\ude00',
    '\u0001\u001f\u007f',
    '\\u0000',
    "';--",
    '\ufeff',
  ];
  for (const note of notes) await send('troublesome/strings', 'Work', { note });
  const { body } = await get('/v1/streams/troublesome/strings');
  const events: { data: unknown }[] = Array.isArray(body.events) ? body.events : [];
  expect(events.map(({ data }) => data)).toEqual(notes.map((note) => ({ note })));
});
