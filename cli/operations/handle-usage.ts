/** What is read of a tenant's usage: a day, by counter and by principal. */
import { type UsageDay, usageDay } from '../../core/operator-shapes/usage.ts';
import type { Conclusion } from './command-line.ts';
import { columns, numberText } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export interface UsageFlags {
  readonly day?: string;
}

export async function show(server: Server, { day }: UsageFlags): Promise<Conclusion> {
  const query = { day };
  const answer = await ask(server, { method: 'GET', path: '/v1/usage', query }, usageDay);
  const text = answer.used.length === 0 ? `Nothing was counted on ${answer.day}.` : table(answer);
  return { ok: true, text, answer };
}

function table({ used, principals }: UsageDay): string {
  const all = used.map((one) => [
    ...['all', one.counter, numberText(one.used)],
    one.median === null ? '-' : numberText(one.median),
  ]);
  const own = principals.map((one) => [...[one.principal, one.counter, numberText(one.used), '-']]);
  return columns([['principal', 'counter', 'used', 'median before'], ...all, ...own]).join('\n');
}
