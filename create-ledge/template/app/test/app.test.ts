/** The whole app in workerd: commands through their Durable Objects and the queue into D1, and queries of it. */
import { expect, test } from 'vitest';
import { client } from './client.ts';

test('a jar that is nearly full is found until it is full', async () => {
  await client.jar('bicycle-1').openJar({ goalCents: 500 });
  await client.jar('bicycle-1').saveMoney({ cents: 450 });
  const { rows } = await client.query('nearly-full', { withinCents: 100 });
  expect(rows).toEqual([{ jar: 'bicycle-1', status: 'open', savedCents: 450, missingCents: 50 }]);

  await client.jar('bicycle-1').saveMoney({ cents: 50 });
  expect(await client.query('nearly-full', { withinCents: 100 })).toMatchObject({ rows: [] });
  expect(await client.query('jars', { status: 'full' })).toMatchObject({
    rows: [{ jar: 'bicycle-1', savedCents: 500 }],
  });
});

test('a command that is rejected says why', async () => {
  const outcome = await client.jar('boat-1').saveMoney({ cents: 100 });
  expect(outcome).toMatchObject({ outcome: 'rejected', reason: 'not-open' });
});
