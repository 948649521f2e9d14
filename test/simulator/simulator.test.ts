/** The simulator over its fixed seeds, each part in a process of its own. */
import { describe, expect, test } from 'vitest';
import { crashPoints } from './crash-points.ts';
import { simulate } from './simulate.ts';

const MINUTES = { timeout: 600_000 };

describe('Z6 Z11 Z12 Z13 Z14 Z15 Z16 Z17 after any faults in any order every promise holds', () => {
  const texts: string[] = [];

  test.each(['1-30', '31-60'])('in the seeds %s', MINUTES, async (seeds) => {
    const { code, text } = await simulate('--seeds', seeds);
    expect(text).not.toContain('Seed');
    expect(code).toBe(0);
    texts.push(text);
  });

  test('and every crash point is hit among them', () => {
    const whole = texts.join('');
    const missed = Object.entries(crashPoints).filter(
      ([, fault]) => !whole.includes(`  ${fault}\n`),
    );
    expect(missed).toEqual([]);
  });
});

test('Z7 a seed has exactly one schedule', MINUTES, async () => {
  const [one, other] = await Promise.all([simulate('--seed', '7'), simulate('--seed', '7')]);
  expect(one.text.split('\n').length).toBeGreaterThan(2_000);
  expect(withoutTime(one.text)).toBe(withoutTime(other.text));
});

/** How long it took is the machine's business. */
function withoutTime(text: string): string {
  return text.replace(/ in [\d.]+ s:/, '');
}
