/** Rows that Emmett itself has written to PostgreSQL, as events for an import. */
import { writeFileSync } from 'node:fs';
import { type EmmettMessage, emmettEvents, type ImportEvent } from 'ledge/import';
import { describe, expect, test } from 'vitest';
import { parseEvent } from '../../cli/import/event-lines.ts';
import { collect, newPath } from '../../cli/import/testing/inputs.ts';
import { importCarts } from '../../docs/samples/moving-in/carts.ts';
import { cartEvents } from '../../docs/samples/moving-in/kurrentdb.ts';
import recorded from '../fixtures/emmett/emt-messages.json' with { type: 'json' };

const [first] = recorded;

function rowOf(stream: string, position: number, more: Partial<EmmettMessage> = {}): EmmettMessage {
  if (!first) return expect.unreachable();
  return { ...first, stream_id: stream, stream_position: position, ...more };
}

async function placesOf(
  rows: readonly EmmettMessage[],
  change?: (event: ImportEvent) => ImportEvent | undefined,
): Promise<string[]> {
  const events = await collect(emmettEvents(rows, { ...(change && { change }) }));
  return events.map(
    ({ aggregate, aggregateId, version }) => `${aggregate}/${aggregateId}@${version}`,
  );
}

describe('EA9 rows of Emmett in PostgreSQL', () => {
  test('are events at their positions, with time, id, cause and correlation', async () => {
    const events = await collect(emmettEvents(recorded));
    expect(events[0]).toEqual({
      ...{ aggregate: 'cart', aggregateId: 'c-1', version: 1, type: 'ItemAdded' },
      data: { item: 'tea', quantity: 2 },
      occurredAt: first?.created,
      sourceId: first?.message_id,
      metadata: { causationId: 'q-1', correlationId: 'r-7' },
    });
    expect(await placesOf(recorded)).toEqual([
      'cart/c-1@1',
      'cart/c-1@2',
      'cart/c-2@1',
      'cart/c-1@3',
      'cart/c-1@4',
      'order/o-1@1',
    ]);
    for (const event of events) {
      expect(parseEvent(1, JSON.stringify(event))).toMatchObject({ kind: 'ready' });
    }
  });

  test('that are no events, or are left out, leave no gap', async () => {
    const rows = [
      rowOf('cart-1', 1),
      rowOf('cart-1', 2, { message_kind: 'C' }),
      rowOf('cart-2', 1, { message_type: 'Old' }),
      rowOf('cart-1', 3),
      rowOf('cart-2', 2),
      rowOf('cart-1', 4, { message_type: 'Old' }),
      rowOf('cart-1', 5),
    ];
    const withoutOld = (event: ImportEvent) => (event.type === 'Old' ? undefined : event);
    const places = await placesOf(rows, withoutOld);
    expect(places).toEqual(['cart/1@1', 'cart/1@2', 'cart/2@1', 'cart/1@3']);
  });

  test('may be as the driver for Node reads them', async () => {
    const created = new Date('2024-03-01T09:30:00Z');
    const [event] = await collect(
      emmettEvents([{ ...rowOf('cart-1', 1), stream_position: '7', created }]),
    );
    expect(event).toMatchObject({ version: 7, occurredAt: '2024-03-01T09:30:00.000Z' });
  });

  test('that are none are named by their number', async () => {
    const { created: _created, ...without } = rowOf('cart-1', 2);
    // What a file may have.
    const rows = [rowOf('cart-1', 1), without as EmmettMessage];
    await expect(placesOf(rows)).rejects.toThrow(/^Row 2 is no row of emt_messages: created/);
  });
});

test('EA10 the importer of the documentation takes carts alone, with their actors', async () => {
  const sent: object[] = [];
  const fetchLines: typeof fetch = async (_url, init) => {
    const lines = String(init?.body).trimEnd().split('\n');
    sent.push(...lines.map((line) => JSON.parse(line)));
    return new Response('{"outcome":"accepted","status":200}\n'.repeat(lines.length));
  };
  const file = newPath('emt-messages.ndjson');
  writeFileSync(file, recorded.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { fetch: real } = globalThis;
  globalThis.fetch = fetchLines;
  try {
    const report = await importCarts(file, 'http://127.0.0.1:1');
    expect(report).toMatchObject({ ending: 'complete', tally: { accepted: 5, failed: 0 } });
  } finally {
    globalThis.fetch = real;
  }
  expect(sent).toContainEqual(
    expect.objectContaining({
      ...{ aggregate: 'cart', aggregateId: 'c-1', version: 1 },
      metadata: { causationId: 'q-1', correlationId: 'r-7', actor: 'user:ann' },
    }),
  );
});

test('EA11 what the client of KurrentDB reads is counted from 1, stream by stream', async () => {
  const read = ['cart-1', 'order-7', 'cart-2', 'cart-1', undefined].map((streamId) => {
    const event = { id: 'e', type: 'ItemAdded', created: new Date(0), data: { item: 'tea' } };
    return streamId === undefined ? {} : { event: { ...event, streamId } };
  });
  async function* all() {
    yield* read;
  }
  const events = await collect(cartEvents(all()));
  expect(events).toMatchObject([
    { aggregate: 'cart', aggregateId: '1', version: 1, occurredAt: '1970-01-01T00:00:00.000Z' },
    { aggregateId: '2', version: 1, sourceId: 'e' },
    { aggregateId: '1', version: 2, type: 'ItemAdded', data: { item: 'tea' } },
  ]);
});
