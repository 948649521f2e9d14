/** What a read of a Live object must be as new as. */
import { describe, expect, test } from 'vitest';
import { SessionStarts } from '../../durable-objects/live/session-starts.ts';

const primary = 'first-primary';

/** After a first read of the primary. */
function started(bookmark: string): SessionStarts {
  const starts = new SessionStarts();
  starts.ended(starts.begin(true), bookmark);
  return starts;
}

describe('B25 a read begins', () => {
  test('with the newest bookmark of the notifications and of the reads before', () => {
    const starts = started('0005');
    expect(starts.begin(false).start).toBe('0005');
    starts.notified('0007');
    starts.notified('0006');
    expect(starts.begin(false).start).toBe('0007');
    starts.ended(starts.begin(false), '0009');
    starts.notified('0008');
    expect(starts.begin(false).start).toBe('0009');
  });

  test('with the primary where it must, and until something is known', () => {
    const starts = new SessionStarts();
    starts.notified('0001');
    expect(starts.begin(false).start).toBe(primary);
    expect(started('0005').begin(true).start).toBe(primary);
  });

  test('with the bookmark of a commit that was notified while the first read was under way', () => {
    const starts = new SessionStarts();
    const first = starts.begin(true);
    starts.notified('0003');
    starts.ended(first, '0002');
    expect(starts.begin(false).start).toBe('0003');
  });

  test('with the primary after a change without a bookmark, until a read of it that began later', () => {
    const starts = started('0005');
    const before = starts.begin(true);
    starts.lose();
    starts.notified('0004');
    starts.ended(before, '0006');
    expect(starts.begin(false).start).toBe(primary);
    starts.ended(starts.begin(false), '0007');
    expect(starts.begin(false).start).toBe('0007');
  });

  test('with the primary after a read that reports no bookmark', () => {
    const starts = started('0005');
    starts.ended(starts.begin(false), null);
    expect(starts.begin(false).start).toBe(primary);
  });
});
