/** What a client remembers of its own writes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  nothingWritten,
  rememberAnswer,
  rememberWrite,
  type TokenMemory,
  tokensFor,
} from '../../client/token-memory.ts';

type Step =
  | { readonly write: string; readonly version: number }
  | { readonly ask: string; readonly bookmark: string | null };

const stream = fc.integer({ min: 0, max: 150 }).map((id) => `order/o-${id}`);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ write: stream, version: fc.integer({ min: 1, max: 9 }) }) },
  fc.record({
    ask: fc.constantFrom('orders', 'customers'),
    bookmark: fc.constantFrom('b-1', 'b-2', 'b-3', null),
  }),
);

function after(memory: TokenMemory, { written, asked }: { written?: Step; asked?: Step }) {
  if (written && 'write' in written) {
    return rememberWrite(memory, `${written.write}@${written.version}`);
  }
  if (!asked || !('ask' in asked)) return memory;
  const tokens = tokensFor(memory, asked.ask).flat();
  return rememberAnswer(memory, asked.ask, tokens, asked.bookmark, memory.bookmarks);
}

describe('U5 what a client remembers of its writes is bounded, and never less than it promises', () => {
  test('a query is sent with the tokens that it has not included yet, of the hundred streams written last', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let memory = nothingWritten;
        /** The model: newest version by stream, in the order of writing; what each query has answered with. */
        const written = new Map<string, number>();
        const seen = new Map<string, number>();
        for (const next of steps) {
          memory = after(memory, 'write' in next ? { written: next } : { asked: next });
          if ('write' in next) {
            const version = Math.max(next.version, written.get(next.write) ?? 0);
            written.delete(next.write);
            written.set(next.write, version);
          } else if (next.bookmark !== null) {
            for (const [name, version] of written) seen.set(`${next.ask} ${name}`, version);
          }
          const kept = [...written].slice(-100);
          for (const query of ['orders', 'customers']) {
            const lacking = kept
              .filter(([name, version]) => (seen.get(`${query} ${name}`) ?? 0) < version)
              .map(([name, version]) => `${name}@${version}`);
            const asked = tokensFor(memory, query).flat();
            expect(asked).toEqual(expect.arrayContaining(lacking));
            expect(asked.length).toBeLessThanOrEqual(100);
          }
        }
      }),
    );
  });

  test('of more streams the hundred that were written last are remembered', () => {
    let memory = nothingWritten;
    for (let id = 0; id < 130; id++) memory = rememberWrite(memory, `order/o-${id}@1`);
    memory = rememberWrite(memory, 'order/o-30@2');
    memory = rememberWrite(memory, 'order/o-130@1');
    const expected = Array.from({ length: 98 }, (_, index) => `order/o-${index + 32}@1`);
    expected.push('order/o-30@2', 'order/o-130@1');
    expect(tokensFor(memory, 'orders').flat()).toEqual(expected);
  });

  test('no request names more than twenty', () => {
    let memory = nothingWritten;
    for (let id = 0; id < 45; id++) memory = rememberWrite(memory, `order/o-${id}@1`);
    expect(tokensFor(memory, 'orders').map((tokens) => tokens.length)).toEqual([20, 20, 5]);
  });

  test('an answer that another one overtook takes nothing back', () => {
    let memory = rememberWrite(nothingWritten, 'order/o-1@1');
    memory = rememberWrite(memory, 'order/o-1@2');
    memory = rememberAnswer(memory, 'orders', ['order/o-1@2'], 'b-2', []);
    memory = rememberAnswer(memory, 'orders', ['order/o-1@1'], 'b-1', []);
    expect(tokensFor(memory, 'orders')).toEqual([]);
    // Neither is known to be the newer one, and the next answer supersedes both.
    expect(memory.bookmarks).toEqual(['b-2', 'b-1']);
    memory = rememberAnswer(memory, 'orders', [], 'b-3', memory.bookmarks);
    expect(memory.bookmarks).toEqual(['b-3']);
    expect(tokensFor(memory, 'customers')).toEqual([['order/o-1@2']]);
  });

  test('a write that another one overtook takes nothing back', () => {
    let memory = rememberWrite(nothingWritten, 'order/o-1@2');
    memory = rememberWrite(memory, 'order/o-1@1');
    expect(tokensFor(memory, 'orders')).toEqual([['order/o-1@2']]);
  });
});
