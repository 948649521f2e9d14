/**
 * The least that an event's way to another system costs on workerd: one row appended in an object, and a request to the
 * target from `waitUntil`; and one object that hands out rows, each time under a lease of one row, and takes them back with
 * another. It has the bindings of the product, and its URLs.
 */
import { DurableObject } from 'cloudflare:workers';

const CREATE_EVENT =
  'CREATE TABLE IF NOT EXISTS event (version INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT';

const CREATE_LEASE = `
  CREATE TABLE IF NOT EXISTS lease (
    number INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, until INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0
  ) STRICT`;

const FILL = `
  WITH RECURSIVE row (version) AS (SELECT 1 UNION ALL SELECT version + 1 FROM row WHERE version < ?)
  INSERT INTO event SELECT version, ? FROM row`;

interface Env {
  readonly AGGREGATE: DurableObjectNamespace<AggregateObject>;
  readonly GROUP: DurableObjectNamespace<GroupObject>;
}

interface Event {
  readonly [column: string]: SqlStorageValue;
  readonly version: number;
  readonly data: string;
}

export class AggregateObject extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_EVENT);
  }

  append(data: string): void {
    this.#sql.exec('INSERT INTO event (data) VALUES (?)', data);
  }
}

export class GroupObject extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #next = 1;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_EVENT);
    this.#sql.exec(CREATE_LEASE);
  }

  fill(events: number, data: string): void {
    this.#sql.exec(FILL, events, data);
  }

  receive(max: number): { messages: { receipt: string; data: string }[] } {
    const rows = this.#sql
      .exec<Event>('SELECT version, data FROM event WHERE version >= ? LIMIT ?', this.#next, max)
      .toArray();
    const last = rows.at(-1);
    if (!last) return { messages: [] };
    this.#next = last.version + 1;
    const lease = 'INSERT INTO lease (up_to, until) VALUES (?, ?) RETURNING number';
    const { number } = this.#sql.exec(lease, last.version, Date.now()).one();
    return { messages: rows.map(({ data }) => ({ receipt: String(number), data })) };
  }

  acknowledge([receipt]: readonly string[]): void {
    this.#sql.exec('UPDATE lease SET settled = 1 WHERE number = ?', Number(receipt));
  }
}

/** The product's other objects. wrangler.toml binds them, nothing calls them. */
export class LiveObject extends DurableObject {}
export class RebuildObject extends DurableObject {}
export class SubscriptionObject extends DurableObject {}
export class HealthObject extends DurableObject {}

export default {
  async fetch(request, env, ctx) {
    const { pathname, searchParams } = new URL(request.url);
    const [, kind, name = '', operation] = pathname.split('/').slice(1);
    if (kind !== 'groups') return appendAndPost(request, env, ctx, name);
    const group = env.GROUP.getByName(name);
    const { max = 0, receipts = [] } = await request.json<{ max?: number; receipts?: string[] }>();
    if (operation === 'fill') {
      await group.fill(max, searchParams.get('data') ?? '');
      return Response.json({});
    }
    if (operation === 'receive') return Response.json(await group.receive(max));
    await group.acknowledge(receipts);
    return Response.json({ results: receipts.map(() => ({ result: 'acknowledged' })) });
  },
} satisfies ExportedHandler<Env>;

/** The target is in a header. */
async function appendAndPost(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  name: string,
): Promise<Response> {
  const body = await request.text();
  await env.AGGREGATE.getByName(name).append(body);
  const target = request.headers.get('x-target');
  if (target !== null) ctx.waitUntil(fetch(target, { method: 'POST', body }));
  return Response.json({ outcome: 'accepted' });
}
