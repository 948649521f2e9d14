/**
 * The platform with nothing on top: the least that an idempotent command, its way to the queue and
 * its projection cost on workerd. It has the bindings and the URLs of the product, so both sides
 * are started and loaded alike. RELAY picks how events are published: `eager`, `alarm`, or `held`
 * (not at all).
 */
import { DurableObject } from 'cloudflare:workers';
import { release } from './release.ts';

/** As long as the product waits before it looks after what it sent. */
const NET_AFTER_MS = 10_000;

/** Far under the 128,000 bytes that a message may have. */
const EVENTS_PER_MESSAGE_MAX = 500;

const CREATE_TABLES = `
  CREATE TABLE IF NOT EXISTS event (
    version INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS command (
    key TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

const SELECT_HEAD = 'SELECT coalesce(max(version), 0) AS head FROM event';
const SELECT_COMMAND = 'SELECT version FROM command WHERE key = ?';
const SELECT_EVENTS =
  'SELECT version, type, data, at FROM event WHERE version > ? ORDER BY version LIMIT ?';

const UPSERT = `
  INSERT INTO checkpoint (stream, version, quantity)
  SELECT value ->> 'stream', value ->> 'events', value ->> 'quantity' FROM json_each(?) WHERE true
  ON CONFLICT (stream) DO UPDATE
  SET version = checkpoint.version + excluded.version,
      quantity = checkpoint.quantity + excluded.quantity`;

interface Env {
  readonly AGGREGATE: DurableObjectNamespace<AggregateObject>;
  readonly EVENTS: Queue<string>;
  readonly DB: D1Database;
  readonly LIVE: DurableObjectNamespace<LiveObject>;
  /** `kept`: until `POST /release` asks for it. `live`: eager, and every socket is sent each batch. */
  readonly RELAY: 'eager' | 'alarm' | 'held' | 'kept' | 'live';
}

/**
 * In the database one row, in the message one event. `data` stays text from the insert to the
 * consumer.
 */
type Event = { version: number; type: string; data: string; at: number };

interface Message {
  readonly stream: string;
  readonly events: readonly Event[];
}

/** What waits for its release. */
const kept: string[] = [];

export class AggregateObject extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  readonly #stream = this.ctx.id.name ?? '';
  #version: number;
  #sent: number;
  #armed = false;
  #sending = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_TABLES);
    this.#version = this.#sql.exec<{ head: number }>(SELECT_HEAD).one().head;
    this.#sent = ctx.storage.kv.get<number>('sent') ?? 0;
  }

  execute(type: string, key: string, body: string): number {
    const data = JSON.stringify(JSON.parse(body));
    const version = this.ctx.storage.transactionSync(() => this.#append(type, key, data));
    if (this.env.RELAY === 'held') return version;
    if (this.env.RELAY === 'kept') {
      this.ctx.waitUntil(this.#send());
      return version;
    }
    const isEager = this.env.RELAY !== 'alarm';
    this.#arm(isEager ? NET_AFTER_MS : 0);
    if (isEager) this.ctx.waitUntil(this.#send());
    return version;
  }

  /** Sends what is left and stores how far it got: one write per alarm, not one per message. */
  override async alarm(): Promise<void> {
    this.#armed = false;
    await this.#send();
    this.ctx.storage.kv.put('sent', this.#sent);
  }

  #append(type: string, key: string, data: string): number {
    const [known] = this.#sql.exec<{ version: number }>(SELECT_COMMAND, key);
    if (known) return known.version;
    const version = this.#version + 1;
    this.#sql.exec('INSERT INTO event VALUES (?, ?, ?, ?)', version, type, data, Date.now());
    this.#sql.exec('INSERT INTO command VALUES (?, ?)', key, version);
    this.#version = version;
    return version;
  }

  #arm(delayMs: number): void {
    if (this.#armed) return;
    this.#armed = true;
    void this.ctx.storage.setAlarm(Date.now() + delayMs);
  }

  /** While one message is under way, the next one gathers. */
  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#sent < this.#version) await this.#sendNext();
    } finally {
      this.#sending = false;
    }
  }

  async #sendNext(): Promise<void> {
    const rows = this.#sql.exec<Event>(SELECT_EVENTS, this.#sent, EVENTS_PER_MESSAGE_MAX);
    const events = rows.toArray();
    const message: Message = { stream: this.#stream, events };
    const text = JSON.stringify(message);
    if (this.env.RELAY === 'kept') kept.push(text);
    else await this.env.EVENTS.send(text, { contentType: 'text' });
    this.#sent += events.length;
  }
}

/** Sends a message to every socket. */
export class LiveObject extends DurableObject {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Replies to any message as the product replies to a subscription. */
  override webSocketMessage(socket: WebSocket): void {
    socket.send('{"type":"snapshot"}');
  }

  broadcast(frame: string): void {
    for (const socket of this.ctx.getWebSockets()) socket.send(frame);
  }
}

/** The product's other objects. wrangler.toml binds them, nothing calls them. */
export class RebuildObject extends DurableObject {}
export class GroupObject extends DurableObject {}
export class SubscriptionObject extends DurableObject {}
export class HealthObject extends DurableObject {}

export default {
  async fetch(request, env) {
    const [, first, , , id = '', type = ''] = new URL(request.url).pathname.split('/');
    if (request.headers.has('upgrade')) return env.LIVE.getByName('all').fetch(request);
    if (first === 'release') return Response.json(await release(env.EVENTS, kept));
    if (id === '') return Response.json({ status: 'ok' });
    const key = request.headers.get('idempotency-key') ?? '';
    const version = await env.AGGREGATE.getByName(id).execute(type, key, await request.text());
    return Response.json({ outcome: 'accepted', version });
  },

  /**
   * The least a projector can do: fold the batch in memory, write it with one statement. No dedupe,
   * no order.
   */
  async queue(batch, env) {
    const rows = new Map<string, { stream: string; events: number; quantity: number }>();
    for (const { body } of batch.messages) {
      const { stream, events }: Message = JSON.parse(body);
      const row = rows.get(stream) ?? { stream, events: 0, quantity: 0 };
      row.events += events.length;
      for (const { data } of events) row.quantity += JSON.parse(data).quantity ?? 0;
      rows.set(stream, row);
    }
    const json = JSON.stringify([...rows.values()]);
    await env.DB.prepare(UPSERT).bind(json).run();
    if (env.RELAY === 'live') await env.LIVE.getByName('all').broadcast(frameOf(json));
  },
} satisfies ExportedHandler<Env, string>;

/** As long as the product's frame of one changed product. */
const FRAME_CHARACTERS = 230;

function frameOf(rows: string): string {
  return JSON.stringify({ type: 'change', rows }).padEnd(FRAME_CHARACTERS);
}
