/** How many statements a command executes in its object: each costs more than what it does. */
import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { evict, objectOf, send, useKeptQueue } from './support/harness.ts';

useKeptQueue();

/** The statements of an object from now on, until it is evicted. */
async function statementsOf(stream: string): Promise<string[]> {
  const executed: string[] = [];
  await runInDurableObject(objectOf(stream), (_object, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    const counted: typeof exec = (statement, ...values) => {
      executed.push(statement.trim());
      return exec(statement, ...values);
    };
    Object.defineProperty(sql, 'exec', { value: counted });
  });
  return executed;
}

/** The verb of each, and its table. */
function named(executed: readonly string[]): string[] {
  return executed.map((text) => {
    const [, table] =
      /(?:FROM|INTO) (?:json_each\(\?\) AS wanted CROSS JOIN )?(\w+)/.exec(text) ?? [];
    return `${text.split(' ', 1)[0]} ${table}`;
  });
}

test('C13 a warm command reads the head and its key, and writes its event and its record; without a key half of it', async () => {
  const stream = 'product/statements';
  const receive = (key?: string) =>
    send(
      stream,
      'ReceiveStock',
      { quantity: 1 },
      key === undefined ? {} : { 'idempotency-key': key },
    );
  await send(stream, 'RegisterProduct', { name: 'Chai', priceCents: 100 });
  const executed = await statementsOf(stream);

  expect(await receive('first')).toMatchObject({ status: 200 });
  const keyed = ['SELECT event', 'SELECT command', 'INSERT event', 'INSERT command'];
  expect(named(executed.splice(0))).toEqual(keyed);

  expect(await receive('first')).toMatchObject({ status: 200, body: { replayed: true } });
  expect(named(executed.splice(0))).toEqual(['SELECT event', 'SELECT command', 'SELECT event']);

  expect(await receive()).toMatchObject({ status: 200 });
  expect(named(executed.splice(0))).toEqual(['SELECT event', 'INSERT event']);
  await evict(stream);
});
