/**
 * The platform with nothing on top: the least that an idempotent command, its way to the queue and
 * its projection cost on workerd. It promises what the product promises of them: an outcome with its
 * event, also repeated; a journal, without repeats and in order; a confirmation of what D1 has, and
 * an alarm that looks for what was not confirmed. It has the bindings and the URLs of the product,
 * so both sides are started and loaded alike. RELAY picks how events are published: `eager`, `alarm`,
 * or `held` (not at all).
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
    id TEXT NOT NULL,
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
const COLUMNS = 'version, id, type, data, at';
const SELECT_EVENTS = `SELECT ${COLUMNS} FROM event WHERE version > ? ORDER BY version LIMIT ?`;

const SELECT_CHECKPOINTS =
  'SELECT stream, version FROM checkpoint WHERE stream IN (SELECT value FROM json_each(?))';

const UPSERT = `
  INSERT INTO checkpoint (stream, version, quantity)
  SELECT value ->> 'stream', value ->> 'version', value ->> 'quantity' FROM json_each(?) WHERE true
  ON CONFLICT (stream) DO UPDATE
  SET version = excluded.version, quantity = checkpoint.quantity + excluded.quantity`;

const APPEND_PAGE = 'INSERT INTO page (events) VALUES (?)';

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
type Event = { version: number; id: string; type: string; data: string; at: number };

interface Outcome {
  readonly outcome: 'accepted';
  readonly version: number;
  readonly events: readonly Event[];
}

interface Command {
  readonly type: string;
  readonly key: string;
  /** As JSON. */
  readonly data: string;
}

interface Sent {
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
  /** Up to here D1 has the events: in memory as its consumer says, stored by the alarm. */
  #confirmed: number;
  #armedMs = Number.POSITIVE_INFINITY;
  #sending = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_TABLES);
    this.#version = this.#sql.exec<{ head: number }>(SELECT_HEAD).one().head;
    this.#confirmed = ctx.storage.kv.get<number>('confirmed') ?? 0;
    this.#sent = this.#confirmed;
  }

  execute(command: Command): Outcome {
    return this.executeAll([command])[0] as Outcome;
  }

  /** In one transaction. */
  executeAll(commands: readonly Command[]): Outcome[] {
    const before = this.#version;
    const outcomes = this.ctx.storage.transactionSync(() =>
      commands.map((one) => this.#known(one.key) ?? this.#append(one)),
    );
    if (this.#version > before) this.#publish();
    return outcomes;
  }

  confirm(version: number): void {
    this.#confirmed = Math.max(this.#confirmed, version);
  }

  /** Sends what is left, asks D1 for what nothing has confirmed, and stores how far it is: one write per alarm. */
  override async alarm(): Promise<void> {
    this.#armedMs = Number.POSITIVE_INFINITY;
    if (this.env.RELAY !== 'held') await this.#send();
    if (this.#confirmed < this.#version) this.confirm(await this.#projected());
    this.ctx.storage.kv.put('confirmed', this.#confirmed);
    if (this.#confirmed < this.#version) this.#arm(NET_AFTER_MS);
  }

  async #projected(): Promise<number> {
    const asked = this.env.DB.prepare(SELECT_CHECKPOINTS).bind(JSON.stringify([this.#stream]));
    return (await asked.first<{ version: number }>())?.version ?? 0;
  }

  #publish(): void {
    const { RELAY } = this.env;
    if (RELAY !== 'kept') this.#arm(RELAY === 'alarm' ? 0 : NET_AFTER_MS);
    if (RELAY !== 'alarm' && RELAY !== 'held') this.ctx.waitUntil(this.#send());
  }

  #known(key: string): Outcome | undefined {
    const [known] = this.#sql.exec<{ version: number }>(SELECT_COMMAND, key).toArray();
    if (!known) return undefined;
    const events = this.#sql.exec<Event>(SELECT_EVENTS, known.version - 1, 1).toArray();
    return { outcome: 'accepted', version: known.version, events };
  }

  #append({ type, key, data }: Command): Outcome {
    const version = this.#version + 1;
    const [id, at] = [crypto.randomUUID(), Date.now()];
    this.#sql.exec('INSERT INTO event VALUES (?, ?, ?, ?, ?)', version, id, type, data, at);
    this.#sql.exec('INSERT INTO command VALUES (?, ?)', key, version);
    this.#version = version;
    return { outcome: 'accepted', version, events: [{ version, id, type, data, at }] };
  }

  #arm(delayMs: number): void {
    const atMs = Date.now() + delayMs;
    if (this.#armedMs <= atMs) return;
    this.#armedMs = atMs;
    void this.ctx.storage.setAlarm(atMs);
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
    const message: Sent = { stream: this.#stream, events };
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
    const [, first, , aggregate = '', id = '', type = ''] = new URL(request.url).pathname.split(
      '/',
    );
    if (request.headers.has('upgrade')) return env.LIVE.getByName('all').fetch(request);
    if (first === 'release') return Response.json(await release(env.EVENTS, kept));
    if (first === 'v1' && aggregate === '') return batchAnswer(env, await request.text());
    if (id === '') return Response.json({ status: 'ok' });
    const key = request.headers.get('idempotency-key') ?? '';
    const data = JSON.stringify(JSON.parse(await request.text()));
    return Response.json(await env.AGGREGATE.getByName(id).execute({ type, key, data }));
  },

  /** The least a projector can do: what is new and next, folded in memory and written with its journal page. */
  async queue(batch, env) {
    const { rows, page } = fold(batch.messages, await checkpointsOf(env, batch.messages));
    if (page.length === 0) return;
    const json = JSON.stringify([...rows.values()]);
    await env.DB.batch([
      env.DB.prepare(UPSERT).bind(json),
      env.DB.prepare(APPEND_PAGE).bind(JSON.stringify(page)),
    ]);
    const confirmed = [...rows.values()].map(({ stream, version }) =>
      env.AGGREGATE.getByName(stream).confirm(version),
    );
    await Promise.all(confirmed);
    if (env.RELAY === 'live') await env.LIVE.getByName('all').broadcast(frameOf(json));
  },
} satisfies ExportedHandler<Env, string>;

interface Checkpoint {
  readonly stream: string;
  version: number;
  quantity: number;
}

async function checkpointsOf(
  env: Env,
  messages: readonly Message<string>[],
): Promise<Map<string, number>> {
  const streams = [...new Set(messages.map(({ body }) => readMessage(body).stream))];
  const { results } = await env.DB.prepare(SELECT_CHECKPOINTS)
    .bind(JSON.stringify(streams))
    .all<{ stream: string; version: number }>();
  return new Map(results.map(({ stream, version }) => [stream, version]));
}

/** Without repeats. A message that comes before its predecessor is tried again. */
function fold(messages: readonly Message<string>[], versions: Map<string, number>) {
  const rows = new Map<string, Checkpoint>();
  const page: Event[] = [];
  for (const message of messages) {
    const { stream, events } = readMessage(message.body);
    const before = versions.get(stream) ?? 0;
    const fresh = events.filter(({ version }) => version > before);
    const [next] = fresh;
    if (!next) continue;
    if (next.version > before + 1) {
      message.retry();
      continue;
    }
    const row = rows.get(stream) ?? { stream, version: before, quantity: 0 };
    row.version += fresh.length;
    for (const { data } of fresh) row.quantity += JSON.parse(data).quantity ?? 0;
    rows.set(stream, row);
    versions.set(stream, row.version);
    page.push(...fresh);
  }
  return { rows, page };
}

function readMessage(body: string): Sent {
  return JSON.parse(body);
}

/** A line of a batch as the product takes it. */
interface Line {
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly idempotencyKey: string;
}

/** The commands of each object are one call, and each has its outcome in a line. */
async function batchAnswer(env: Env, body: string): Promise<Response> {
  const lines: Line[] = body.split('\n').map((line) => JSON.parse(line));
  const calls = [...Map.groupBy(lines, ({ id }) => id)].map(([id, own]) =>
    env.AGGREGATE.getByName(id).executeAll(own.map(commandOf)),
  );
  const outcomes = (await Promise.all(calls)).flat();
  return new Response(outcomes.map((outcome) => JSON.stringify(outcome)).join('\n'));
}

function commandOf({ command, idempotencyKey, data }: Line): Command {
  return { type: command, key: idempotencyKey, data: JSON.stringify(data) };
}

/** As long as the product's frame of one changed product. */
const FRAME_CHARACTERS = 230;

function frameOf(rows: string): string {
  return JSON.stringify({ type: 'change', rows }).padEnd(FRAME_CHARACTERS);
}
