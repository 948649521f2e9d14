/**
 * The platform's single steps with nothing on top: the least that a refusal, a call, an append, a batch, a fold and a
 * fill cost on workerd. It has the bindings of the product, and its URLs wherever both sides can be sent the same.
 * STEP picks what a single command comes down to.
 */
import { DurableObject } from 'cloudflare:workers';

const CREATE_EVENT = `
  CREATE TABLE IF NOT EXISTS event (
    version INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    at INTEGER NOT NULL
  )`;
const CREATE_COMMAND =
  'CREATE TABLE IF NOT EXISTS command (key TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID';

const SELECT_HEAD = 'SELECT coalesce(max(version), 0) AS head FROM event';
const SELECT_COMMAND = 'SELECT version FROM command WHERE key = ?';
const SELECT_DATA = 'SELECT data FROM event ORDER BY version';

/** In data to fill with: another account for every event. */
const ANY_ACCOUNT = '{account}';

type Step = 'noop' | 'call' | 'append' | 'execute' | 'fold' | 'fold-accounts' | 'row';

interface Env {
  readonly AGGREGATE: DurableObjectNamespace<AggregateObject>;
  readonly DB: D1Database;
  readonly STEP: Step;
}

/** A line of a batch as the product takes it. */
interface Line {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: unknown;
  readonly idempotencyKey: string;
}

/** `data` stays text from here to the table. */
interface Command {
  readonly type: string;
  readonly key: string;
  readonly data: string;
}

export class AggregateObject extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;
  #version: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(CREATE_EVENT);
    this.#version = this.#sql.exec<{ head: number }>(SELECT_HEAD).one().head;
  }

  call(): number {
    return this.#version;
  }

  append(type: string, data: string): number {
    this.#insert(type, JSON.stringify(JSON.parse(data)));
    return this.#version;
  }

  /** What a cold command cannot do without: read and parse every event, then append one. */
  fold(type: string, data: string): number {
    let cents = 0;
    for (const row of this.#sql.exec<{ data: string }>(SELECT_DATA)) {
      cents += JSON.parse(row.data).cents;
    }
    if (cents === 0) throw new Error('There was nothing to fold.');
    return this.append(type, data);
  }

  /** The same into a map that grows with every account: the least that a state of as many entries takes. */
  foldAccounts(type: string, data: string): number {
    const accounts = new Map<string, number>();
    for (const row of this.#sql.exec<{ data: string }>(SELECT_DATA)) {
      const { account, cents } = JSON.parse(row.data);
      accounts.set(account, (accounts.get(account) ?? 0) + cents);
    }
    if (accounts.size < 2) throw new Error('The map has not grown.');
    return this.append(type, data);
  }

  /** Each with its dedupe lookup, its event and its dedupe row, all of them in one transaction. */
  executeAll(commands: readonly Command[]): number {
    return this.ctx.storage.transactionSync(() => {
      this.#sql.exec(CREATE_COMMAND);
      for (const { type, key, data } of commands) {
        const known = this.#sql.exec(SELECT_COMMAND, key).toArray().length > 0;
        if (known) continue;
        this.#insert(type, data);
        this.#sql.exec('INSERT INTO command VALUES (?, ?)', key, this.#version);
      }
      return commands.length;
    });
  }

  /** The fastest way to have many events: they do not even come over the wire. */
  fill(type: string, data: string, events: number): number {
    return this.ctx.storage.transactionSync(() => {
      for (let event = 0; event < events; event++) {
        this.#insert(type, data.replace(ANY_ACCOUNT, `a-${this.#version}`));
      }
      return this.#version;
    });
  }

  databaseSize(): number {
    return this.#sql.databaseSize;
  }

  #insert(type: string, data: string): void {
    const version = this.#version + 1;
    this.#sql.exec('INSERT INTO event VALUES (?, ?, ?, ?)', version, type, data, Date.now());
    this.#version = version;
  }
}

/** The product's other objects. wrangler.toml binds them, nothing calls them. */
export class LiveObject extends DurableObject {}
export class RebuildObject extends DurableObject {}
export class GroupObject extends DurableObject {}
export class SubscriptionObject extends DurableObject {}
export class HealthObject extends DurableObject {}

export default {
  async fetch(request, env) {
    const [route, ...path] = new URL(request.url).pathname.split('/').slice(1);
    if (route === 'health') return Response.json({ status: 'ok' });
    if (route === 'fill') return Response.json(await fill(request, env, path));
    if (route === 'bytes') return Response.json(await objectOf(env, path).databaseSize());
    const [, ...command] = path;
    return Response.json(
      await (command.length === 0 ? batch(request, env) : single(request, env, command)),
    );
  },
} satisfies ExportedHandler<Env>;

async function single(request: Request, env: Env, [aggregate, id, type = '']: string[]) {
  const object = () => objectOf(env, [aggregate, id]);
  switch (env.STEP) {
    case 'noop':
      return { outcome: 'accepted' };
    case 'call':
      return { version: await object().call() };
    case 'append':
      return { version: await object().append(type, await request.text()) };
    case 'execute':
      return { accepted: await object().executeAll([await commandIn(request, type)]) };
    case 'fold':
      return { version: await object().fold(type, await request.text()) };
    case 'fold-accounts':
      return { version: await object().foldAccounts(type, await request.text()) };
    case 'row':
      return request.method === 'GET' ? readRow(env, id) : writeRow(env, id);
  }
}

/** One row by its key: what a query by id comes down to. */
async function readRow({ DB }: Env, id = '') {
  return DB.prepare('SELECT * FROM checkpoint WHERE stream = ?').bind(id).first();
}

async function writeRow({ DB }: Env, id = '') {
  await DB.prepare('INSERT INTO checkpoint VALUES (?, 1, 1)').bind(id).run();
  return { version: 1 };
}

async function commandIn(request: Request, type: string): Promise<Command> {
  const key = request.headers.get('idempotency-key') ?? '';
  return { type, key, data: await request.text() };
}

async function batch(request: Request, env: Env) {
  const lines: Line[] = (await request.text()).split('\n').map((line) => JSON.parse(line));
  const streams = Map.groupBy(lines, ({ aggregate, id }) => `${aggregate}/${id}`);
  const calls = [...streams].map(([stream, ofOneStream]) =>
    objectOf(env, [stream]).executeAll(ofOneStream.map(commandOf)),
  );
  const accepted = await Promise.all(calls);
  return { accepted: accepted.reduce((sum, commands) => sum + commands, 0) };
}

function commandOf({ command, idempotencyKey, data }: Line): Command {
  return { type: command, key: idempotencyKey, data: JSON.stringify(data) };
}

async function fill(request: Request, env: Env, [aggregate, id, type = '', events]: string[]) {
  const object = objectOf(env, [aggregate, id]);
  return { version: await object.fill(type, await request.text(), Number(events)) };
}

/** By the names that the product gives its objects. */
function objectOf(env: Env, path: readonly (string | undefined)[]) {
  return env.AGGREGATE.getByName(['main', ...path].join('/'));
}
