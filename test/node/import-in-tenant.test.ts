/** IE8 An import of events by an operator of the deployment: into which tenant, and why. */
import { existsSync } from 'node:fs';
import { type ImportEvent, importCommands, importEvents } from 'ledge/import';
import { expect, test } from 'vitest';
import { inputOf, line, progressOf, upTo } from '../../cli/import/testing/inputs.ts';
import { runCli } from './support/run-cli.ts';

const url = 'http://localhost:1';

const events: ImportEvent[] = upTo(3).map((version) => ({
  ...{ aggregate: 'cart', aggregateId: 'c-1', version, type: 'ItemAdded', data: {} },
  occurredAt: '2024-03-01T09:30:00Z',
}));

/** Accepts a number of lines, and then nothing more. */
class Recorder {
  readonly sent: { readonly tenant: string | null; readonly why: string | null; lines: number }[] =
    [];
  readonly #acceptedMax: number;

  constructor(acceptedMax = Number.POSITIVE_INFINITY) {
    this.#acceptedMax = acceptedMax;
  }

  readonly fetch: typeof fetch = async (_url, init) => {
    const headers = new Headers(init?.headers);
    const lines = String(init?.body).trim().split('\n').length;
    this.sent.push({
      tenant: headers.get('ledge-tenant'),
      why: headers.get('ledge-reason'),
      lines,
    });
    const accepted = JSON.stringify({ outcome: 'accepted', status: 200, version: 1 });
    return new Response(`${accepted}\n`.repeat(Math.min(lines, this.#acceptedMax)));
  };
}

test('IE8 each request names the tenant and the reason', async () => {
  const peer = new Recorder();
  const named = { inTenant: 'acme', reason: 'moving in, ticket 4711' };
  const options = { source: events, url, fetch: peer.fetch, batchLines: 2 };
  expect(await importEvents({ ...options, ...named })).toMatchObject({ ending: 'complete' });
  const request = { tenant: 'acme', why: 'moving in, ticket 4711' };
  expect(peer.sent).toEqual([
    { ...request, lines: 2 },
    { ...request, lines: 1 },
  ]);
  await importEvents(options);
  expect(peer.sent.at(-1)).toEqual({ tenant: null, why: null, lines: 1 });
});

test('IE8 a file that was begun for one tenant starts again for another', async () => {
  const file = inputOf(events.map((event) => JSON.stringify(event)));
  const broken = new Recorder(1);
  const options = { file, url, lanes: 1, batchLines: 1, attemptsMax: 1, backoffBaseMs: 0 };
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await importEvents({
    ...{ ...options, fetch: broken.fetch, inTenant: 'acme' },
    ...{ signal: stop.signal, onProgress },
  });
  expect(existsSync(progressOf(file))).toBe(true);
  const other = new Recorder();
  await importEvents({ ...options, fetch: other.fetch, inTenant: 'globex' });
  expect(other.sent).toHaveLength(3);
});

test.each([
  ['a tenant that is none', { inTenant: 'no/where' }, 'inTenant'],
  ['a reason that no header can have', { reason: 'für Ann' }, 'ASCII'],
  ['a reason of blanks', { reason: ' ' }, 'ASCII'],
])('IE8 %s is refused before anything is sent', async (_name, wrong, message) => {
  const peer = new Recorder();
  const importing = importEvents({ source: events, url, fetch: peer.fetch, ...wrong });
  await expect(importing).rejects.toThrow(message);
  expect(peer.sent).toEqual([]);
});

test('IE8 commands have neither', async () => {
  await expect(
    // @ts-expect-error of events alone
    importCommands({ source: [], url, inTenant: 'acme' }),
  ).rejects.toThrow('are of an import of events');
  const { code, stderr } = await runCli('import', inputOf([line('a', 1)]), '--in-tenant', 'acme');
  expect([code, stderr]).toEqual([1, expect.stringContaining('are of an import of events')]);
});
