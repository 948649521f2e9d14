/** When the alarm of an event that does not arrive checks, whatever chance adds to its delays. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CONFIRM_AFTER_MS,
  confirmDelayMs,
  QUEUED_MS_MAX,
} from '../../durable-objects/aggregate/confirm-relay.ts';

const DAY_MS = 86_400_000;

/** The ages at which it checks, for a day. */
function checksOf(jitters: readonly number[]): number[] {
  const ages = [CONFIRM_AFTER_MS];
  for (let check = 0; ; check++) {
    const ageMs = ages.at(-1) ?? 0;
    if (ageMs > DAY_MS) return ages;
    ages.push(ageMs + confirmDelayMs(ageMs, jitters[check % jitters.length] ?? 0));
  }
}

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const jitters = fc.array(chance, { minLength: 1, maxLength: 20 });

test('R26 one check is in the ninety seconds after the time in a queue', () => {
  fc.assert(
    fc.property(jitters, (given) => {
      const first = checksOf(given).find((ageMs) => ageMs >= QUEUED_MS_MAX);
      expect(first).toBeLessThanOrEqual(QUEUED_MS_MAX + 90_000);
    }),
  );
});

test('R4 the checks of a day are no more than forty, and each delay is at most an hour and its jitter', () => {
  fc.assert(
    fc.property(jitters, (given) => {
      const ages = checksOf(given);
      expect(ages.length).toBeLessThanOrEqual(40);
      const delays = ages.slice(1).map((ageMs, index) => ageMs - (ages[index] ?? 0));
      expect(Math.max(...delays)).toBeLessThanOrEqual(1.1 * 3_600_000);
    }),
  );
});
