/** `npm run dev` in this repository: the reference app. What `ledge dev` does for any app is in test/e2e/dev.test.ts. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isTaken } from '../../../cli/dev-wrangler.ts';
import { Dev, example, node, onLinux } from '../../e2e/support/dev.ts';
import { ann } from '../people.ts';

onLinux('npm run dev', () => {
  test('O17 SIGTERM to npm, which passes it to nothing, ends all that was started', async () => {
    await using dev = new Dev(['npm', 'run', 'dev', '--']);
    const origin = await dev.origin();
    expect(dev.processes().join('\n')).toContain('workerd');
    dev.child.kill('SIGTERM');
    await once(dev.child, 'close');
    expect(await dev.isGone()).toBe(true);
    expect(await isTaken('localhost', Number(new URL(origin).port))).toBe(false);
  });

  test('O29 takes personal data, and is ready, without a key of the developer’s', async () => {
    await using dev = new Dev(node);
    const origin = await dev.origin();
    const answer = await fetch(`${origin}/v1/commands/customer/ann/RegisterCustomer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ann),
    });
    expect(await answer.json()).toMatchObject({ outcome: 'accepted', events: [{ data: ann }] });
    const ready = await fetch(`${origin}/ready`);
    expect([ready.status, await ready.text()]).toEqual([200, expect.any(String)]);
  });

  test('O16 prints an example that is accepted', async () => {
    await using dev = new Dev(node);
    expect(await example(dev)).toMatchObject({
      ...{ status: 200, body: { outcome: 'accepted' }, query: 200 },
    });
  });
});
