/** The parts of a page that are written by a script stand between two marks; the rest is written by people. */

/** @throws when the page has no place for it */
export function replacePart(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name}: begin, written by npm run bench:page -->`;
  const end = `<!-- ${name}: end -->`;
  const [before = '', rest = ''] = page.split(begin);
  const [, after] = rest.split(end);
  if (after === undefined) throw new Error(`The page has no place for ${name}.`);
  return [before, begin, '\n\n', lines.join('\n'), '\n\n', end, after].join('');
}
