/** The saga in workerd: it runs once the event has come out of the queue. */
import { exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { client } from './client.ts';

async function status(jar: string): Promise<unknown> {
  const url = `http://localhost/v1/sagas/deadline/${jar}`;
  const answer: { status?: unknown } = await (await exports.default.fetch(url)).json();
  return answer.status;
}

test('a jar has a deadline until it is full', async () => {
  await client.jar('trip-1').openJar({ goalCents: 500 });
  await expect.poll(() => status('trip-1'), { timeout: 15_000 }).toBe('running');
  await client.jar('trip-1').saveMoney({ cents: 500 });
  await expect.poll(() => status('trip-1'), { timeout: 15_000 }).toBe('completed');
});
