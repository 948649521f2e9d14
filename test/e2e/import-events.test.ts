/** `ledge import --events` against a real server. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type ImportEvent, importEvents } from 'ledge/import';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPath, upTo } from '../../cli/import/testing/inputs.ts';
import { type Served, serveLedge } from './support/serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serveLedge();
});

afterAll(async () => {
  await served.server.close();
});

const STREAMS = 20;

/** Two events of each product, stream by stream as a journal would have them: one after the other. */
const events: ImportEvent[] = [1, 2].flatMap((version) =>
  upTo(STREAMS).map((n) => ({
    aggregate: 'product',
    aggregateId: `moved-${n}`,
    version,
    ...(version === 1
      ? { type: 'ProductRegistered', data: { name: `Product ${n}`, priceCents: n } }
      : { type: 'StockReceived', data: { quantity: n } }),
    occurredAt: `2020-01-0${version}T00:00:00Z`,
    sourceId: `source-${n}-${version}`,
  })),
);

function fileOf(lines: readonly object[]): string {
  const file = newPath('events.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

function ledge(...args: readonly string[]): Promise<{ code: number; text: string }> {
  const cli = ['cli/main.ts', 'import', ...args, '--url', served.url.href];
  return new Promise((done) => {
    execFile(process.execPath, cli, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), text: `${stdout}${stderr}` }),
    );
  });
}

describe('IE7 `ledge import --events`', () => {
  test('imports a file in order, and another run does nothing twice', async () => {
    const file = fileOf(events);
    const first = await ledge('--events', file, '--lanes', '3', '--batch', '7');
    expect(first.text).toContain(`accepted ${2 * STREAMS} (0 replayed)`);
    const second = await ledge('--events', file);
    expect(second.text).toContain(`accepted ${2 * STREAMS} (${2 * STREAMS} replayed)`);
    expect([first.code, second.code]).toEqual([0, 0]);
    const answer = await fetch(new URL('/v1/streams/product/moved-7', served.url));
    expect(await answer.json()).toMatchObject({
      events: [
        { version: 1, occurredAt: '2020-01-01T00:00:00.000Z', metadata: { imported: true } },
        { version: 2, data: { quantity: 7 }, metadata: { sourceId: 'source-7-2' } },
      ],
    });
  });

  test('ends with 1 for a line that is refused, and for those behind it in its stream', async () => {
    const wrong = { ...events[0], aggregateId: 'wrong', data: { name: '', priceCents: 1 } };
    const behind = { ...events[STREAMS], aggregateId: 'wrong' };
    const report = await ledge('--events', fileOf([wrong, behind, { aggregate: 'product' }]));
    expect(report.code).toBe(1);
    expect(report.text).toContain('failed 3');
    expect(report.text).toMatch(/line 1 product\/wrong: invalid: .*\/data\/name/);
    expect(report.text).toMatch(/line 2 product\/wrong: conflict: .*version 1 and is at 0/);
    expect(report.text).toMatch(/line 3 aggregateId: /);
  });
});

test('IE7 a program imports events from its own source', async () => {
  async function* source() {
    for (const event of events) yield { ...event, aggregateId: `own-${event.aggregateId}` };
  }
  const { url } = served;
  const first = await importEvents({ source: source(), url: url.href });
  expect(first).toMatchObject({ ending: 'complete', tally: { accepted: 40, replayed: 0 } });
  const second = await importEvents({ source: source(), url: url.href });
  expect(second).toMatchObject({ ending: 'complete', tally: { accepted: 40, replayed: 40 } });
});
