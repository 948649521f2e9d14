/** What `ledge(app, options)` refuses before anything is served. */
import { describe, expect, test } from 'vitest';
import { belowBasePath, checkedBasePath, underBasePath } from '../../worker/http/base-path.ts';
import { type BindingNames, Bindings } from '../../worker/runtime/bindings.ts';
import { boundDatabases, bucketAt, databaseAt } from '../../worker/runtime/bound-databases.ts';
import { eventQueues } from '../../worker/runtime/event-queues.ts';
import { isDeadLetterQueue, requireOwnQueue } from '../../worker/runtime/own-queue.ts';

describe('EM2 a base path', () => {
  test.each(['', '/ledge', '/a/b', '/v1.2/~x_y-z'])('%j is one', (path) => {
    expect(checkedBasePath(path)).toBe(path);
    expect(belowBasePath(underBasePath('/', path), path)).toBe('/');
    expect(belowBasePath(underBasePath('/v1/me', path), path)).toBe('/v1/me');
  });

  test.each(['/', 'ledge', '/ledge/', '//', '/a//b', '/..', '/a/./b', '/a?b', '/:a', '/*', '/ä'])(
    '%j is none',
    (path) => {
      expect(() => checkedBasePath(path)).toThrow('is not of the form /ledge');
    },
  );
});

describe('EM1 the names of bindings', () => {
  const database = { name: 'the database' };

  test('lead to the Worker’s bindings, and leave its environment as it is', () => {
    const own = {
      DB: 'of the app',
      ORDERS_DB: database,
      LEDGE_ALLOWED_ORIGINS: 'https://a.example',
    };
    const bindings = new Bindings({ DB: 'ORDERS_DB' });
    const env = bindings.resolve(own);
    expect(env.DB).toBe(database);
    expect(env.LEDGE_ALLOWED_ORIGINS).toBe('https://a.example');
    expect(bindings.ownOf(env)).toBe(own);
    expect(own.DB).toBe('of the app');
  });

  test('without one of their own are Ledge’s', () => {
    const own = { DB: database };
    const bindings = new Bindings();
    expect(bindings.resolve(own)).toBe(own);
    expect(bindings.ownOf(bindings.resolve(own))).toBe(own);
  });

  test('that the environment lacks are named when they are used, but assets are optional', () => {
    const env = new Bindings({ DB: 'ORDERS_DB', ASSETS: 'FILES' }).resolve({ DB: database });
    expect(() => env.DB).toThrow(
      'no binding ORDERS_DB, which ledge(app, { bindings }) names for DB',
    );
    expect(env.ASSETS).toBeUndefined();
  });

  test('of further queues follow the name of the first, and one of the app’s own is left alone', () => {
    const own = { BANK_EVENTS: 1, BANK_EVENTS_2: 2, BANK_EVENTS_3: 3, EVENTS_4: 'of the app' };
    const env = new Bindings({ EVENTS: 'BANK_EVENTS' }).resolve(own);
    expect(eventQueues(env)).toEqual([1, 2, 3]);
    expect(
      eventQueues(new Bindings({ DB: 'BANK_DB' }).resolve({ EVENTS: 1, EVENTS_2: 2 })),
    ).toEqual([1, 2]);
  });

  test('DB10 of further databases and buckets follow the names of the first', () => {
    const own = {
      ...{ BANK_DB: 'one', BANK_DB_2: 'two', DB_3: 'of the app', BANK_DB_4: 'behind a gap' },
      ...{ BANK_JOURNAL: 'pages', BANK_JOURNAL_2: 'more pages', JOURNAL_3: 'of the app' },
    };
    const env = new Bindings({ DB: 'BANK_DB', JOURNAL: 'BANK_JOURNAL' }).resolve(own);
    expect(boundDatabases(env)).toBe(2);
    expect([0, 1].map((index) => databaseAt(env, index))).toEqual(['one', 'two']);
    expect([0, 1, 2].map((index) => bucketAt(env, index))).toEqual([
      ...['pages', 'more pages', undefined],
    ]);
    expect(() => databaseAt(env, 2)).toThrow('There is no database 3.');
  });

  test('of what Ledge does not bind to are refused', () => {
    // As an app in JavaScript may write it.
    const misspelled = { DATABASE: 'ORDERS_DB' } as BindingNames;
    expect(() => new Bindings(misspelled)).toThrow('Ledge has no binding DATABASE');
  });
});

describe('EM4 a queue', () => {
  test.each(['events', 'events-staging', 'events-dead', 'events-pr-7-dead'])(
    '%s is Ledge’s',
    (queue) => {
      expect(() => requireOwnQueue(queue, 'events')).not.toThrow();
      expect(isDeadLetterQueue(queue)).toBe(queue.endsWith('-dead'));
    },
  );

  test.each(['event', 'eventsx', 'my-events', 'Events', '', 'dead'])('%j is not', (queue) => {
    expect(() => requireOwnQueue(queue, 'events')).toThrow(`The queue ${queue} is none of Ledge's`);
  });

  test('is named with what to write', () => {
    expect(() => requireOwnQueue('orders-dead', 'events')).toThrow("{ queue: 'orders' }");
  });
});
