/**
 * A read model built from a journal in D1 with nothing on top: pages read, parsed, folded in memory and written with
 * one statement each. `POST /fill/{events}/{streams}` makes the journal, `POST /build` reads all of it.
 */
import { DurableObject } from 'cloudflare:workers';

/** As large as the product's. */
const PAGE_EVENTS = 5_000;

const CREATE_JOURNAL =
  'CREATE TABLE journal (position INTEGER PRIMARY KEY, stream TEXT NOT NULL, data TEXT NOT NULL)';
const FILL =
  'INSERT INTO journal SELECT value ->> 0, value ->> 1, value -> 2 FROM json_each(?) ORDER BY key';
const READ_PAGE =
  'SELECT position, stream, data FROM journal WHERE position > ? ORDER BY position LIMIT ?';
const UPSERT = `
  INSERT INTO checkpoint (stream, version, quantity)
  SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
  ON CONFLICT (stream) DO UPDATE SET version = checkpoint.version + excluded.version,
    quantity = checkpoint.quantity + excluded.quantity`;

interface Env {
  readonly DB: D1Database;
}

interface Row {
  readonly position: number;
  readonly stream: string;
  readonly data: string;
}

/** The product's objects. wrangler.toml binds them, nothing calls them. */
export class AggregateObject extends DurableObject {}
export class LiveObject extends DurableObject {}
export class RebuildObject extends DurableObject {}
export class GroupObject extends DurableObject {}
export class SubscriptionObject extends DurableObject {}
export class HealthObject extends DurableObject {}

export default {
  async fetch(request, { DB }) {
    const [step, events, streams] = new URL(request.url).pathname.split('/').slice(1);
    if (step === 'fill') await fill(DB, Number(events), Number(streams));
    if (step === 'build') return Response.json(await build(DB));
    return Response.json({ status: 'ok' });
  },
} satisfies ExportedHandler<Env>;

async function fill(database: D1Database, events: number, streams: number): Promise<void> {
  await database.exec(CREATE_JOURNAL);
  for (let start = 0; start < events; start += PAGE_EVENTS) {
    const rows = Array.from({ length: PAGE_EVENTS }, (_, index) => {
      const position = start + index + 1;
      const product = Math.floor((position * streams) / events);
      return [position, `product/p-${product}`, { quantity: 3 }];
    });
    await database.prepare(FILL).bind(JSON.stringify(rows)).run();
  }
}

async function build(database: D1Database): Promise<number> {
  for (let cursor = 0, events = 0; ; ) {
    const page = await database.prepare(READ_PAGE).bind(cursor, PAGE_EVENTS).all<Row>();
    const last = page.results.at(-1);
    if (!last) return events;
    await database
      .prepare(UPSERT)
      .bind(JSON.stringify(folded(page.results)))
      .run();
    cursor = last.position;
    events += page.results.length;
  }
}

function folded(page: readonly Row[]): [string, number, number][] {
  const rows = new Map<string, [string, number, number]>();
  for (const { stream, data } of page) {
    const row = rows.get(stream) ?? [stream, 0, 0];
    row[1] += 1;
    row[2] += JSON.parse(data).quantity;
    rows.set(stream, row);
  }
  return [...rows.values()];
}
