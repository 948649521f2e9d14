/** docs/limits.md has the numbers of the constants that it names. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROW =
  /^\| (?<what>.+?) \| (?<atMost>[\d,]+)[^|]*\| \[`(?<constant>\w+)`\]\(\.\.\/(?<file>[^)]+)\) \|$/;

const rows = readFileSync('docs/limits.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (what|---) /.test(line))
  .map((line) => ({ line, groups: ROW.exec(line)?.groups }));

test('DC3 each row of the page of limits names a number and its constant', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ groups }) => groups === undefined)).toEqual([]);
});

test.each(rows.map(({ groups }) => ({ ...groups })))(
  'DC3 $constant is $atMost',
  ({ atMost = '', constant = '', file = '' }) => {
    expect(numberOf(readFileSync(file, 'utf8'), constant)).toBe(Number(atMost.replaceAll(',', '')));
  },
);

/** Constants are written as a number, or as a product of numbers. */
function numberOf(source: string, constant: string): number {
  const text = new RegExp(`const ${constant}(?:: \\w+)? = ([\\d_ *.]+);`).exec(source)?.[1] ?? '';
  return text.split('*').reduce((product, factor) => product * toNumber(factor), 1);
}

function toNumber(text: string): number {
  const digits = text.trim().replaceAll('_', '');
  return digits === '' ? Number.NaN : Number(digits);
}
