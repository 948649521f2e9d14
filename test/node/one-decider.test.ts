/** One place decides all commands of the domain. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('D20 nothing in the product but decide-command calls `decide`', () => {
  const callers = ['core', 'worker', 'durable-objects', 'client']
    .flatMap((folder) => sourcesIn(folder))
    .filter((file) => /\.decide\b/.test(readFileSync(file, 'utf8')));
  expect(callers).toEqual(['core/aggregate/decide-command.ts']);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?<!\.test)\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}
