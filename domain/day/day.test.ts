import { command } from 'ledge';
import { given, givenSchedule } from 'ledge/testing';
import { test } from 'vitest';
import { closing } from './closing.ts';
import { day } from './day.ts';

test('D24 every day is closed at its end, by the clocks of the shop, once', () => {
  givenSchedule(closing)
    .between('2027-03-27T00:00:00Z', '2027-03-29T00:00:00Z')
    .thenTicksAt('2027-03-27T22:59:00Z', '2027-03-28T21:59:00Z');
  givenSchedule(closing)
    .whenTicks('2027-03-28T21:59:00Z')
    .thenSends(command(day, '2027-03-28', 'CloseDay', {}));
  const closed = { type: 'DayClosed', data: {} } as const;
  given(day, []).when('CloseDay', {}).then([closed]);
  given(day, [closed]).when('CloseDay', {}).then([]);
});
