/** The reactor in workerd: its command is sent once the event has come out of the queue. */
import { expect, test } from 'vitest';
import { client } from './client.ts';

test('a full jar opens the next one', async () => {
  await client.jar('trip-1').openJar({ goalCents: 500 });
  await client.jar('trip-1').saveMoney({ cents: 500 });
  const next = async () => (await client.jar('trip-2').state())?.state.status;
  await expect.poll(next, { timeout: 15_000 }).toBe('open');
});
