/** `ledge access usage`: one request, and what is printed of its answer. */
import { expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { ScriptedLedge } from './support/scripted-ledge.ts';

test('QU28 ledge access usage prints what a tenant has used in a day', async () => {
  const body = {
    day: '2026-11-26',
    used: [
      { counter: 'commands', used: 12_345, median: 4_000 },
      { counter: 'rows', used: 7, median: null },
    ],
    principals: [{ principal: 'user:ann', counter: 'commands', used: 12_000 }],
  };
  await using ledge = await ScriptedLedge.start(() => ({ body }));
  const flags = ['--day', '2026-11-26', '--in-tenant', 'acme', '--url', ledge.url];
  const { code, stdout } = await runCli('access', 'usage', ...flags);
  expect(code).toBe(0);
  expect(ledge.lines).toEqual(['GET /v1/usage?day=2026-11-26']);
  expect(ledge.asked[0]?.tenant).toBe('acme');
  expect(stdout).toMatch(/^all +commands +12,345 +4,000$/m);
  expect(stdout).toMatch(/^all +rows +7 +-$/m);
  expect(stdout).toMatch(/^user:ann +commands +12,000 +-$/m);
}, 60_000);
