/** The texts that the simulator changes are in the product: a plant that is older than its module plants nothing. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LOW_LIMITS } from './module-hooks.ts';
import { type Change, plants } from './plants.ts';

const changed: readonly (readonly [string, Change])[] = [
  ...Object.entries(plants),
  ...LOW_LIMITS.map((change) => [`the limit in ${change.file}`, change] as const),
];

describe('Z8 every text that is changed is there exactly once', () => {
  test.each(changed)('%s', (_name, { file, changes }) => {
    const source = readFileSync(file, 'utf8');
    const times = changes.map(([text]) => [text, source.split(text).length - 1]);
    expect(times).toEqual(changes.map(([text]) => [text, 1]));
  });
});
