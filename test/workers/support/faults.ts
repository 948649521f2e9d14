/**
 * Faults around the real platform. The test's Worker is built with these in front of the clock, the queue and D1;
 * each test sets what should go wrong, and `resetFaults` puts everything right again.
 */
import { cloudflare, type Platform } from '../../../worker/runtime/platform.ts';

interface Faults {
  /** Added to the platform's clock. */
  clockSkewMs: number;
  /**
   * The fate of a message: the real queue, kept for the test to deliver, kept without a response, an error, or dropped.
   */
  queue: 'real' | 'kept' | 'unanswered' | 'fails' | 'hangs';
  /**
   * `off`: health objects take no reports and look at nothing. For tests that leave events undelivered, or empty D1
   * under the objects, on purpose: the repair would come ten seconds later, into another test. `reports`: they take reports,
   * and look at nothing.
   */
  health: 'real' | 'reports' | 'off';
  /** What the queue answers for its backlog; undefined: the real one's. A function may throw, or hang. */
  backlog: (() => Promise<number>) | undefined;
  /**
   * What the queue answers for the time of its oldest message; undefined: the real one's, and of a queue that keeps or
   * loses its messages none. A function may throw, or hang.
   */
  oldestMessage: (() => Promise<number | undefined>) | undefined;
  /** How often the queue was asked for it. */
  queueReads: number;
  /** Messages that `kept` kept. */
  readonly messages: string[];
  /** Rows that D1 counted in batches, as it bills them. */
  rowsWritten: number;
  /** The same for what was read, wherever D1 counts it. */
  rowsRead: number;
  /** Called before every D1 batch with the batch's running number; throws to make it fail. */
  beforeBatch: (batch: number) => void | Promise<void>;
  /** Called after every D1 batch that committed; throws to lose the answer. */
  afterBatch: (batch: number) => void;
  /** Called before every round trip to D1, reads and lone statements included; waits, or throws to make it fail. */
  beforeTrip: () => void | Promise<void>;
  /** Called after the call of D1; delays the response, or throws to lose it. */
  afterTrip: () => void | Promise<void>;
  /** Lines that the Worker logged. */
  readonly log: Readonly<Record<string, unknown>>[];
}

const none: Omit<Faults, 'messages' | 'log'> = {
  clockSkewMs: 0,
  queue: 'real',
  health: 'real',
  backlog: undefined,
  oldestMessage: undefined,
  queueReads: 0,
  rowsWritten: 0,
  rowsRead: 0,
  beforeBatch: () => undefined,
  afterBatch: () => undefined,
  beforeTrip: () => undefined,
  afterTrip: () => undefined,
};

export const faults: Faults = { ...none, messages: [], log: [] };

let batches = 0;

export function resetFaults(): void {
  Object.assign(faults, none);
  faults.messages.length = 0;
  faults.log.length = 0;
  batches = 0;
}

export const faultyPlatform: Partial<Platform> = {
  nowMs: () => Date.now() + faults.clockSkewMs,
  sendEvents: (env, message, queue) => {
    switch (faults.queue) {
      case 'real':
        return cloudflare.sendEvents(env, message, queue);
      case 'kept':
        return Promise.resolve(faults.messages.push(message));
      case 'unanswered':
        faults.messages.push(message);
        return new Promise(() => undefined);
      case 'fails':
        return Promise.reject(new Error('Queue is overloaded. Please back off.'));
      case 'hangs':
        return new Promise(() => undefined);
    }
  },
  backlog: (env, queue) => (faults.backlog ?? (() => cloudflare.backlog(env, queue)))(),
  oldestMessageMs: async (env, queue) => {
    faults.queueReads++;
    if (faults.oldestMessage) return faults.oldestMessage();
    return faults.queue === 'real' ? cloudflare.oldestMessageMs(env, queue) : undefined;
  },
  database: (env, index) => faultyDatabase(cloudflare.database(env, index)),
  log: (level, line) => {
    faults.log.push({ level, ...line });
  },
};

const databases = new WeakMap<D1Database, D1Database>();

/** The real database with the faults in front of it; the same one for the same database. */
export function faultyDatabase(database: D1Database): D1Database {
  const faulty = databases.get(database) ?? withFaults(database);
  databases.set(database, faulty);
  return faulty;
}

function withFaults(database: D1Database): D1Database {
  return faultyDoor(database, {
    batch: (statements: D1PreparedStatement[]) => writeBatch(database, statements),
    withSession: (constraint: D1SessionConstraint) => {
      const session = database.withSession(constraint);
      return faultyDoor(session, {
        batch: (statements: D1PreparedStatement[]) =>
          // A lone statement comes as a batch with the assertion of the storage format.
          statements.length > 2 && statements.some((one) => writing.has(one))
            ? writeBatch(session, statements)
            : trip(() => session.batch(statements.map(real))),
      });
    },
  });
}

/** A database or a session, with methods of its own in place of some. */
function faultyDoor<Door extends D1Database | D1DatabaseSession>(door: Door, own: object): Door {
  const prepare = (sql: string) => faultyStatement(door.prepare(sql), !isReading(sql));
  const methods = { prepare, ...own };
  return new Proxy(door, {
    get: (target, name) => Reflect.get(methods, name) ?? bound(target, name),
  });
}

/** A statement with the faults, and the one that D1 knows. */
const statements = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

/** Those that write, which make a session's batch one that counts. */
const writing = new WeakSet<D1PreparedStatement>();

function isReading(sql: string): boolean {
  return /^\s*(SELECT|WITH)\b/.test(sql);
}

function faultyStatement(statement: D1PreparedStatement, isWriting: boolean): D1PreparedStatement {
  const faulty = new Proxy(statement, {
    get(target, name) {
      const method = bound(target, name);
      if (typeof method !== 'function') return method;
      if (name === 'bind') {
        return (...values: unknown[]) => faultyStatement(target.bind(...values), isWriting);
      }
      return (...input: unknown[]) => trip(() => method(...input));
    },
  });
  statements.set(faulty, statement);
  if (isWriting) writing.add(faulty);
  return faulty;
}

function real(statement: D1PreparedStatement): D1PreparedStatement {
  return statements.get(statement) ?? statement;
}

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name);
  return typeof value === 'function' ? value.bind(target) : value;
}

async function writeBatch(database: Pick<D1Database, 'batch'>, statements: D1PreparedStatement[]) {
  const number = ++batches;
  await faults.beforeBatch(number);
  const results = await trip(() => database.batch(statements.map(real)));
  faults.rowsWritten += results.reduce((rows, { meta }) => rows + meta.rows_written, 0);
  faults.afterBatch(number);
  return results;
}

async function trip<Result>(go: () => Promise<Result>): Promise<Result> {
  await faults.beforeTrip();
  const result = await go();
  faults.rowsRead += rowsReadBy(result);
  await faults.afterTrip();
  return result;
}

function rowsReadBy(result: unknown): number {
  const results: { meta?: D1Meta }[] = [result].flat().map(Object);
  return results.reduce((rows, { meta }) => rows + (meta?.rows_read ?? 0), 0);
}
