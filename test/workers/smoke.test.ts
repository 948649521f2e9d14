import { applyD1Migrations } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';

test('a command travels', async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const post = (path: string, body: unknown, headers = {}) => exports.default.fetch(new Request('http://x' + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }));
  const r = await post('/v1/commands/product/chai/RegisterProduct', { name: 'Chai', priceCents: 1800 }, {'idempotency-key': 'k1'});
  console.log(r.status, await r.text());
  const r2 = await post('/v1/commands/product/chai/RegisterProduct', { name: 'Chai', priceCents: 1800 }, {'idempotency-key': 'k1'});
  console.log(r2.status, await r2.text());
  const q = await exports.default.fetch(new Request('http://x/v1/queries/products', { headers: { 'consistent-with': 'product/chai@1' } }));
  console.log(q.status, await q.text());
  const q2 = await exports.default.fetch(new Request('http://x/v1/queries/products/chai'));
  console.log(q2.status, await q2.text());
  expect(1).toBe(1);
});
