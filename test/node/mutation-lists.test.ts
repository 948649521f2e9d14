/** The lists of the mutation run, against the code: an outdated entry would excuse another mutant. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { equivalents } from '../mutation/equivalents.ts';
import { modules } from '../mutation/modules.ts';

test.each(Object.entries(equivalents))(
  'the equivalents of %s are lines of it, and it is mutated',
  (module, listed) => {
    expect(modules).toContain(module);
    const text = readFileSync(module, 'utf8');
    expect(listed.map(({ line }) => line).filter((line) => !text.includes(line))).toEqual([]);
  },
);

test('every module that is mutated is there', () => {
  expect(modules.filter((module) => !existsSync(module))).toEqual([]);
});
