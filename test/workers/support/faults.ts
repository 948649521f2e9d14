/**
 * Faults around the real platform. The test's Worker is built with these in front of the clock, the queue and D1;
 * each test sets what should go wrong, and `resetFaults` puts everything right again.
 */
import { cloudflare, type Platform } from '../../../worker/platform.ts';

interface Faults {
  /** Added to the platform's clock. */
  clockSkewMs: number;
  /** What becomes of a message: the real queue, kept for the test to deliver, an error, or no answer at all. */
  queue: 'real' | 'kept' | 'fails' | 'hangs';
  /** Messages that `kept` kept. */
  readonly messages: string[];
  /** Rows that D1 counted in batches, as it bills them. */
  rowsWritten: number;
  /** Called before every D1 batch with the batch's running number; throws to make it fail. */
  beforeBatch: (batch: number) => void | Promise<void>;
  /** Called after every D1 batch that committed; throws to lose the answer. */
  afterBatch: (batch: number) => void;
  /** Lines that the Worker logged. */
  readonly log: Readonly<Record<string, unknown>>[];
}

const none: Omit<Faults, 'messages' | 'log'> = {
  clockSkewMs: 0,
  queue: 'real',
  rowsWritten: 0,
  beforeBatch: () => undefined,
  afterBatch: () => undefined,
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
  sendEvents: (env, message) => {
    switch (faults.queue) {
      case 'real':
        return cloudflare.sendEvents(env, message);
      case 'kept':
        return Promise.resolve(faults.messages.push(message));
      case 'fails':
        return Promise.reject(new Error('Queue is overloaded. Please back off.'));
      case 'hangs':
        return new Promise(() => undefined);
    }
  },
  database: (env) => faultyDatabase(env.DB),
  log: (level, line) => {
    faults.log.push({ level, ...line });
  },
};

const databases = new WeakMap<D1Database, D1Database>();

/** The real database with the faults in front of `batch`; the same one for the same database. */
export function faultyDatabase(database: D1Database): D1Database {
  const faulty = databases.get(database) ?? withFaults(database);
  databases.set(database, faulty);
  return faulty;
}

function withFaults(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, property) {
      if (property === 'batch')
        return (statements: D1PreparedStatement[]) => batch(target, statements);
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function batch(database: D1Database, statements: D1PreparedStatement[]) {
  const number = ++batches;
  await faults.beforeBatch(number);
  const results = await database.batch(statements);
  faults.rowsWritten += results.reduce((rows, { meta }) => rows + meta.rows_written, 0);
  faults.afterBatch(number);
  return results;
}
