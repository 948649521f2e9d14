import { expect, test } from 'vitest';
import { incidentCount, joinSummaries } from './incident.ts';

const group = (aggregate: string, streams: number, firstSeenAt: string) => ({
  ...{ aggregate, streams, events: streams * 2, firstSeenAt },
  ...{ cause: `since ${firstSeenAt}`, remedy: 'Wait.', tenant: 'main', stream: `${aggregate}/1` },
});

test('X16 the summaries of several health objects add up, by aggregate', () => {
  const summary = joinSummaries([
    {
      deliveries: [group('order', 2, '2026-02')],
      timers: 1,
      actions: 2,
      restored: 1,
      subscriptions: 0,
      schedules: 0,
      groups: 0,
      unlisted: 0,
    },
    {
      deliveries: [group('order', 1, '2026-01'), group('product', 1, '2026-03')],
      timers: 0,
      actions: 1,
      restored: 2,
      subscriptions: 4,
      schedules: 2,
      groups: 6,
      unlisted: 5,
    },
  ]);
  expect(summary).toEqual({
    deliveries: [
      { ...group('order', 3, '2026-01'), events: 6 },
      { ...group('product', 1, '2026-03'), events: 2 },
    ],
    ...{ timers: 1, actions: 3, restored: 3, subscriptions: 4, schedules: 2, groups: 6 },
    unlisted: 5,
  });
  expect(incidentCount(summary)).toBe(28);
});
