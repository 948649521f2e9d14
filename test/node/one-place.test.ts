/** Ideas that were once written several times, and differed: each has one file. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const sources = globSync('{core,worker,durable-objects,client}/**/*.{ts,tsx}').filter(
  (file) => !file.includes('.test.') && !file.includes('/testing/'),
);

/** The names of the files, without their folders, that contain the text. */
function filesWith(text: RegExp): string[] {
  const files = sources.filter((file) => text.test(readFileSync(file, 'utf8')));
  return files.map((file) => file.replace(/.*\//, '')).sort();
}

test('CS1 a failure becomes a response where routes are made, in the middleware and at the end of the router', () => {
  expect(sources.length).toBeGreaterThan(300);
  const made = /^(?!export function).*\bproblemResponse\((?!status|\d)/m;
  expect(filesWith(made)).toEqual([
    ...['audit-operations.ts', 'check-access.ts', 'count-rows.ts', 'router.ts', 'routes.ts'],
  ]);
});

test.each([
  ['waits that double', /\* 2 \*\* (?!attempts;|WORD_BITS)/, ['backoff.ts']],
  ['a race against a timer', /Promise\.race\(/, ['with-deadline.ts']],
  ['the beginning of a digest', /digest\('base64url'\)/, ['digest.ts']],
  ['the look-up of a name from outside', /hasOwn\((\w+), (\w+)\) \? \1\[\2\] :/, ['own-value.ts']],
  ['how many tokens a request takes', /\bTOKENS_MAX = /, ['live-limits.ts']],
  [
    'how a stub of an object is made',
    /\.(getByName|idFromName|idFromString|newUniqueId)\(/,
    ['object-stubs.ts'],
  ],
  ['what a socket is pinged with', /\bPING = /, ['live-limits.ts']],
])('CS2 one file has %s', (_what, text, files) => {
  expect(filesWith(text)).toEqual(files);
});
