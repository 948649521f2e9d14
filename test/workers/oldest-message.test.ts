/** What a queue answers for the time of its oldest message, as Ledge takes it. */
import { expect, test } from 'vitest';
import { oldestMessageMs } from '../../worker/runtime/oldest-message.ts';

test.each([
  ['the time of the oldest message', 3, new Date(1_700_000_000_000), 1_700_000_000_000],
  ['none of a queue that does not know it', 3, undefined, undefined],
  ['none of an empty queue', 0, undefined, undefined],
  ['none where the year 1970 stands for it', 3, new Date(0), undefined],
  ['none of a queue whose last message has just gone', 0, new Date(1_700_000_000_000), undefined],
])('R25 %s', (_what, backlogCount, oldest, expected) => {
  const metrics = { backlogCount, backlogBytes: 0 };
  expect(oldestMessageMs(oldest ? { ...metrics, oldestMessageTimestamp: oldest } : metrics)).toBe(
    expected,
  );
});
