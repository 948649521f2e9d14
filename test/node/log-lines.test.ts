/** The lines of the log: who writes them, which fields they have, and what is left of an error. */
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../core/failures/log-line.ts';
import { UnknownFormat } from '../../core/failures/unknown-format.ts';
import { errorOrigin } from '../../worker/runtime/error-origin.ts';
import { logTo, type WrittenLine } from '../../worker/runtime/written-line.ts';

const sources = globSync('{core,worker,durable-objects}/**/*.ts').filter(
  (file) => !file.includes('.test.') && !file.includes('/testing/'),
);

function filesWith(text: RegExp): string[] {
  return sources.filter((file) => text.test(readFileSync(file, 'utf8'))).sort();
}

function written(line: LogLine, isLocal = false): WrittenLine {
  const lines: WrittenLine[] = [];
  logTo(
    (_level, one) => lines.push(one),
    () => isLocal,
  )('error', line);
  return lines[0] ?? expect.unreachable();
}

describe('LG3 the log has one door, and its lines a closed set of fields', () => {
  test.each([
    ['writes to the console', /(?<!\/)\bconsole\s*(?:\.\w|\[)/, ['worker/runtime/log.ts']],
    ['names that door', /\bwriteLine\b/, ['worker/runtime/log.ts', 'worker/runtime/platform.ts']],
    [
      'puts the written line before it',
      /\blogTo\(/,
      ['worker/runtime/machinery.ts', 'worker/runtime/written-line.ts'],
    ],
    ['takes a line of any other shape', /\blog\b[^;]*Record<string, unknown>/, []],
    [
      'takes the platform past its machinery',
      /\bcloudflare\b.*from '.*platform\.ts'/,
      ['worker/runtime/machinery.ts'],
    ],
  ])('which %s', (_what, text, files) => {
    expect(sources.length).toBeGreaterThan(300);
    expect(filesWith(text)).toEqual(files);
  });

  test('a field that is not one of them is not written', () => {
    const line: LogLine = { operation: 'execute', attempt: 2, ...{ data: 'ann@shop.example' } };
    expect(written(line)).toEqual({ operation: 'execute', attempt: 2 });
  });

  test('what a caller chooses is written as the beginning of its hash', () => {
    const chosen = { tenant: 'main', stream: 'order/ann', timer: 'ann', principal: 'user:ann' };
    expect(written({ operation: 'timer', ...chosen })).toEqual({
      operation: 'timer',
      tenant: 'main',
      stream: 'order/#89bed912fd5c',
      timer: '49915e0d7d4b',
      principal: 'b7b15a392649',
    });
  });

  test('a name that is no stream is hashed whole', () => {
    expect(
      JSON.stringify(written({ operation: 'sweep', stream: 'ann@shop.example' })),
    ).not.toContain('ann');
  });
});

describe('LG4 an error is its name, its kind, the known part of its message and its frames', () => {
  const thrown = (change: (error: Error) => object = () => ({}), text = 'ann@shop.example') => {
    const error = new TypeError(text);
    // Read once, the text of a stack stays.
    expect(error.stack).toContain(text);
    return Object.defineProperties(error, Object.getOwnPropertyDescriptors(change(error)));
  };

  test('of domain code', () => {
    expect(errorOrigin(thrown())).toEqual({
      ...{ error: 'TypeError', kind: 'bug', reason: undefined },
      at: expect.arrayContaining([expect.stringContaining('log-lines.test.ts')]),
    });
  });

  test('of one without a message', () => {
    expect(errorOrigin(new Error()).at).not.toEqual([]);
  });

  test('of the platform', () => {
    const lost = new Error('D1_ERROR: Network connection lost. ann@shop.example');
    expect(errorOrigin(lost)).toMatchObject({
      kind: 'unreachable',
      reason: 'Network connection lost',
    });
  });

  test('of Ledge itself, in the words of its code', () => {
    const { error, reason } = errorOrigin(new UnknownFormat('D1', 2, 1));
    expect({ error, reason }).toMatchObject({
      error: 'UnknownFormat',
      reason: expect.stringContaining('Storage format 2'),
    });
  });

  test('of what was thrown first, where it was wrapped', () => {
    const cause = new RangeError('ann@shop.example');
    expect(errorOrigin(new Error('ann@shop.example', { cause })).error).toBe('RangeError');
  });

  test.each<[string, unknown]>([
    ['a name that is data', thrown(() => ({ name: 'ann@shop.example' }))],
    [
      'a message of several lines, one like a frame',
      thrown(undefined, 'no\n    at ann (ann.ts:1:1)'),
    ],
    [
      'a message that was changed afterwards',
      thrown(() => ({ message: 'other' }), 'no\n    at ann (ann.ts:1:1)'),
    ],
    [
      'members that throw',
      thrown(() => ({
        get message(): string {
          throw new Error('ann');
        },
      })),
    ],
    [
      'a name that throws',
      thrown(() => ({
        get name(): string {
          throw new Error('ann');
        },
      })),
    ],
    ['a text', 'ann@shop.example'],
    ['an object', { toString: () => 'ann@shop.example' }],
    ['nothing', undefined],
    ['a cause that is itself', thrown((error) => ({ cause: error }))],
  ])('and holds nothing else: %s', (_what, error) => {
    expect(JSON.stringify(errorOrigin(error))).not.toMatch(/\bann\b/);
  });

  test('the message is shown in local development alone', () => {
    const line: LogLine = { operation: 'command', error: thrown() };
    expect(written(line)).not.toHaveProperty('message');
    expect(written(line, true)).toMatchObject({ message: 'TypeError: ann@shop.example' });
  });
});

test.each(['wrangler.toml', 'create-ledge/template/app/wrangler.jsonc'])(
  'LG7 the platform logs no addresses of requests: %s',
  (file) => {
    expect(readFileSync(file, 'utf8')).toMatch(/"?invocation_logs"? ?[:=] ?false/);
  },
);
