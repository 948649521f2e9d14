/** The simulator over a product with a fault planted in it: it finds each. */
import { expect, test } from 'vitest';
import { plants } from './plants.ts';
import { simulate } from './simulate.ts';

test.each(Object.entries(plants))(
  'Z8 %s is found',
  { timeout: 600_000 },
  async (name, { findings, seed = 1 }) => {
    const { code, text } = await simulate('--seeds', `${seed}-${seed + 29}`, '--plant', name);
    expect(text).toMatch(new RegExp(`^Seed \\d+: .*\\b(${findings.join('|')})\\b`, 'm'));
    expect(code).toBe(1);
  },
);
