import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineGrossCents, lineNetCents, totals } from './money.ts';

const line = (quantity: number, unitCents: number, discountBp: number) => ({
  quantity,
  unitCents,
  discountBp,
});

describe('a line’s net', () => {
  test.each([
    ['nothing off', line(3, 1_800, 0), 5_400],
    ['everything off', line(3, 1_800, 10_000), 0],
    ['exact', line(2, 1_000, 500), 1_900],
    ['below half a cent, down', line(1, 101, 3_400), 67],
    ['exactly half a cent, up', line(1, 1, 5_000), 1],
    ['exactly half a cent, up to an odd number too', line(1, 5, 5_000), 3],
    ['above half a cent, up', line(1, 2_208, 500), 2_098],
    ['rounded once for the line, not for each piece', line(3, 1, 5_000), 2],
    ['free', line(1_000_000, 0, 0), 0],
    ['a basis point of the largest line', line(1_000_000, 1_000_000_000, 9_999), 100_000_000_000],
    ['where floating point is a cent off', line(999_803, 999_999_937, 3_333), 666_568_618_106_174],
  ])('%s', (_title, priced, cents) => {
    expect(lineNetCents(priced)).toBe(cents);
  });

  test('is the exact value, rounded half up, for every line that can be ordered', () => {
    fc.assert(
      fc.property(lines, (priced) => {
        const net = BigInt(lineNetCents(priced));
        const exact =
          BigInt(priced.quantity) * BigInt(priced.unitCents) * BigInt(10_000 - priced.discountBp);
        // Half a cent is 5,000 of exact's units: exact - 5,000 < net * 10,000 <= exact + 5,000.
        expect(net * 10_000n > exact - 5_000n).toBe(true);
        expect(net * 10_000n <= exact + 5_000n).toBe(true);
      }),
    );
  });

  test('is never below nothing nor above the gross, and falls as the discount grows', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 0, max: 10_000 }), (priced, discountBp) => {
        const [net, other] = [lineNetCents(priced), lineNetCents({ ...priced, discountBp })];
        expect(net).toBeGreaterThanOrEqual(0);
        expect(net).toBeLessThanOrEqual(lineGrossCents(priced));
        if (discountBp >= priced.discountBp) expect(other).toBeLessThanOrEqual(net);
        else expect(other).toBeGreaterThanOrEqual(net);
      }),
    );
  });
});

test('totals are the sums of the rounded lines', () => {
  const halves = [line(1, 1, 5_000), line(1, 1, 5_000), line(1, 100, 0)];
  expect(totals(halves)).toEqual({ grossCents: 102, netCents: 102 });
  expect(totals([])).toEqual({ grossCents: 0, netCents: 0 });
});

/** All values that the order's schema accepts. */
const lines = fc.record({
  quantity: fc.integer({ min: 1, max: 1_000_000 }),
  unitCents: fc.integer({ min: 0, max: 1_000_000_000 }),
  discountBp: fc.integer({ min: 0, max: 10_000 }),
});
