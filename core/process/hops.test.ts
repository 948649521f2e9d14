import { expect, test } from 'vitest';
import { opened } from '../../test/controls/stored-events.ts';
import { HOPS_MAX, hopsOf, TooManyHops, withinHops } from './hops.ts';

const after = (hops?: number) => {
  const event = { ...opened('account/a'), aggregate: 'account', aggregateId: 'a' };
  return { ...event, metadata: { ...event.metadata, ...(hops !== undefined && { hops }) } };
};

test('a caller’s command is zero hops away', () => {
  expect(hopsOf(after())).toBe(0);
  expect(hopsOf(after(7))).toBe(7);
});

test('V5 Y11 a hundred reactions may follow on one another, and no more', () => {
  expect(HOPS_MAX).toBe(100);
  expect(withinHops(after(), ['one'])).toEqual(['one']);
  expect(withinHops(after(99), ['one'])).toEqual(['one']);
  const tooFar = () => withinHops(after(100), ['one']);
  expect(tooFar).toThrow(TooManyHops);
  expect(tooFar).toThrow(expect.objectContaining({ name: 'TooManyHops' }));
});

test('an event that nothing follows from is never too far away', () => {
  expect(withinHops(after(1_000), [])).toEqual([]);
});
