/** Imports of commands that a program makes, without a file. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ImportCommand, importCommands } from 'ledge/import';
import { describe, expect, test } from 'vitest';
import { ascending, inputOf, numbersOf, upTo } from '../../cli/import/testing/inputs.ts';
import { startPeer } from '../../cli/import/testing/scripted-peer.ts';

function commandOf(n: number): ImportCommand {
  const id = `o-${n % 7}`;
  return { aggregate: 'order', id, command: 'PlaceOrder', data: { n }, idempotencyKey: `row-${n}` };
}

test('IX1 a stream keeps the order of its source on several lanes, and another run does nothing twice', async () => {
  await using peer = await startPeer(async (exchange) => {
    await sleep(Math.random() * 8);
    await exchange.acceptRest();
  });
  async function* source() {
    for (const n of upTo(1_000)) yield commandOf(n);
  }
  const first = await importCommands({ source: source(), url: peer.url, batchLines: 20 });
  expect(first).toMatchObject({ ending: 'complete', tally: { accepted: 1_000, replayed: 0 } });
  expect(peer.openMax).toBe(4);
  for (const ofStream of Map.groupBy(peer.arrived, ({ id }) => id).values()) {
    expect(numbersOf(ofStream)).toEqual(ascending(numbersOf(ofStream)));
  }
  const second = await importCommands({ source: source(), url: peer.url });
  expect(second.tally).toMatchObject({ accepted: 1_000, replayed: 1_000 });
});

test('IX2 a command that cannot be sent is reported with its number, and the rest goes on', async () => {
  await using peer = await startPeer((exchange) => exchange.acceptRest());
  const { idempotencyKey, ...keyless } = commandOf(2);
  const source = [
    commandOf(1),
    // Of JavaScript, in which the compiler does not ask for a key.
    keyless as ImportCommand,
    { ...commandOf(3), data: { n: 3n } },
    { ...commandOf(4), data: { n: 4, text: 'x'.repeat(1_100_000) } },
    { ...commandOf(5), occurredAt: 'yesterday' },
    { ...commandOf(6), occurredAt: undefined },
  ];
  const report = await importCommands({ source, url: peer.url });
  expect(report.tally).toEqual({ accepted: 2, replayed: 0, rejected: 0, failed: 4 });
  expect(report.firstFailed.map(({ line, reason }) => `${line} ${reason}`)).toEqual([
    '2 it has no idempotencyKey',
    '3 not JSON: Do not know how to serialize a BigInt',
    '4 longer than 1048576 bytes',
    expect.stringMatching(/^5 occurredAt: /),
  ]);
  expect(ascending(numbersOf(peer.arrived))).toEqual([1, 6]);
});

test('IX3 a source is asked for no more than the lanes hold', async () => {
  const answer = Promise.withResolvers<void>();
  await using peer = await startPeer(async (exchange) => {
    await answer.promise;
    await exchange.acceptRest();
  });
  let made = 0;
  function* source() {
    for (; made < 20_000; made++) yield commandOf(made);
  }
  const importing = importCommands({ source: source(), url: peer.url, batchLines: 50 });
  await peer.quiet();
  expect(made).toBeLessThanOrEqual(4 * 2 * 50 + 1);
  answer.resolve();
  expect(await importing).toMatchObject({ tally: { accepted: 20_000 } });
});

describe('IX4 a source', () => {
  test('that waits does not hold up an import that is stopped, and is closed', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const stop = new AbortController();
    let closed = false;
    const source: AsyncIterable<ImportCommand> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => stop.abort()),
        return: async () => {
          closed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const report = await importCommands({ source, url: peer.url, signal: stop.signal });
    expect([report.ending, closed]).toEqual(['interrupted', true]);
  });

  test('that waits does not hold up an import that gives up', async () => {
    async function* source() {
      yield commandOf(1);
      await new Promise(() => {});
    }
    await using peer = await startPeer((exchange) => exchange.refuse(401));
    const report = await importCommands({ source: source(), url: peer.url });
    expect(report).toMatchObject({ ending: 'gave-up', reason: 'the server answered 401' });
  });

  test('that fails ends the import with its error', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    function* source() {
      yield commandOf(1);
      throw new Error('the cursor was closed');
    }
    const importing = importCommands({ source: source(), url: peer.url });
    await expect(importing).rejects.toThrow('the cursor was closed');
  });

  test('and a file are one too many, and none is too few', async () => {
    const url = 'http://127.0.0.1:1';
    // @ts-expect-error the compiler refuses both at once
    const both = importCommands({ source: [], file: inputOf([]), url });
    await expect(both).rejects.toThrow('an import needs a file or a source, and not both');
    // @ts-expect-error and neither
    await expect(importCommands({ url })).rejects.toThrow('an import needs a file or a source');
    // @ts-expect-error a text is no source
    await expect(importCommands({ source: 'a', url })).rejects.toThrow('is not iterable');
  });
});
