/** Definitions of schedules: their ticks in real time zones, what they map, and which of them are refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shipment } from '../../test/shop/shipment.ts';
import { defineApp } from '../app.ts';
import { command } from '../process/reactor.ts';
import { givenSchedule } from '../testing/given-schedule.ts';
import { defineSchedule } from './define-schedule.ts';
import { tickTimes } from './tick-times.ts';

// #region nightly
const nightly = defineSchedule({
  name: 'nightly-returns',
  cron: '30 2 * * *',
  timeZone: 'Europe/Zurich',
  missed: 'once',
  tenant: 'main',
  on: ({ local }) => command(shipment, `sample-${local.slice(0, 10)}`, 'ReturnShipment', {}),
});
// #endregion

// #region test
test('SD1 a night has one tick, also those in which the clocks change', () => {
  givenSchedule(nightly)
    .between('2027-03-27T00:00:00Z', '2027-03-29T12:00:00Z')
    .thenTicksAt('2027-03-27T01:30:00Z', '2027-03-28T01:00:00Z', '2027-03-29T00:30:00Z');
  givenSchedule(nightly)
    .whenTicks('2027-03-28T01:00:00Z')
    .thenSends(command(shipment, 'sample-2027-03-28', 'ReturnShipment', {}));
});
// #endregion

function ticks(cron: string, timeZone: string, after: string, count: number): string[] {
  const times = tickTimes(cron, timeZone);
  const found: number[] = [];
  let tick = times.next(Date.parse(after));
  while (tick !== undefined && found.length < count) {
    found.push(tick);
    tick = times.next(tick);
  }
  return found.map(
    (one) => `${new Date(one).toISOString().slice(5, 16)} ${times.localTime(one).slice(11)}`,
  );
}

describe('SD2 where clocks are set forward', () => {
  test.each([
    [
      '30 2 * * *',
      'Europe/Zurich',
      '2027-03-28T00:00:00Z',
      ['03-28T01:00 03:00', '03-29T00:30 02:30'],
    ],
    [
      '0,30 2 * * *',
      'Europe/Zurich',
      '2027-03-28T00:00:00Z',
      ['03-28T01:00 03:00', '03-29T00:00 02:00'],
    ],
    [
      '30 2,14 * * *',
      'Europe/Zurich',
      '2027-03-28T00:00:00Z',
      ['03-28T01:00 03:00', '03-28T12:30 14:30'],
    ],
    [
      '30 2 * * *',
      'America/New_York',
      '2027-03-14T05:00:00Z',
      ['03-14T07:00 03:00', '03-15T06:30 02:30'],
    ],
    // By half an hour.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      ['10-03T15:30 02:30', '10-04T15:15 02:15'],
    ],
  ])(
    'a time that is left out is at the end of the gap: %s in %s',
    (cron, zone, after, expected) => {
      expect(ticks(cron, zone, after, expected.length)).toEqual(expected);
    },
  );

  test.each([
    [
      '*/30 * * * *',
      'Europe/Zurich',
      '2027-03-28T00:00:00Z',
      ['03-28T00:30 01:30', '03-28T01:00 03:00'],
    ],
    [
      '*/30 2 * * *',
      'Europe/Zurich',
      '2027-03-28T00:00:00Z',
      ['03-29T00:00 02:00', '03-29T00:30 02:30'],
    ],
    [
      '0 * * * *',
      'America/New_York',
      '2027-03-14T05:00:00Z',
      ['03-14T06:00 01:00', '03-14T07:00 03:00'],
    ],
  ])('one that goes by the hour leaves the gap out: %s in %s', (cron, zone, after, expected) => {
    expect(ticks(cron, zone, after, expected.length)).toEqual(expected);
  });

  test('a day that is left out has no tick: Apia had no 30 December in 2011', () => {
    expect(ticks('0 12 * * *', 'Pacific/Apia', '2011-12-28T23:00:00Z', 3)).toEqual([
      ...['12-29T22:00 12:00', '12-30T22:00 12:00', '12-31T22:00 12:00'],
    ]);
  });
});

describe('SD3 where clocks are set back', () => {
  test.each([
    [
      '30 2 * * *',
      'Europe/Zurich',
      '2026-10-24T12:00:00Z',
      ['10-25T00:30 02:30', '10-26T01:30 02:30'],
    ],
    [
      '0,30 2 * * *',
      'Europe/Zurich',
      '2026-10-24T12:00:00Z',
      ['10-25T00:00 02:00', '10-25T00:30 02:30', '10-26T01:00 02:00'],
    ],
    [
      '30 1 * * *',
      'America/New_York',
      '2026-11-01T00:00:00Z',
      ['11-01T05:30 01:30', '11-02T06:30 01:30'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T00:00:00Z',
      ['04-03T14:45 01:45', '04-04T15:15 01:45'],
    ],
  ])(
    'a time that comes twice has its first tick alone: %s in %s',
    (cron, zone, after, expected) => {
      expect(ticks(cron, zone, after, expected.length)).toEqual(expected);
    },
  );

  test('one that goes by the hour has both', () => {
    expect(ticks('0 * * * *', 'Europe/Zurich', '2026-10-24T23:30:00Z', 4)).toEqual([
      ...['10-25T00:00 02:00', '10-25T01:00 02:00', '10-25T02:00 03:00', '10-25T03:00 04:00'],
    ]);
  });
});

test('SD1 the hours of zones between hours are theirs', () => {
  expect(ticks('0 9 * * *', 'Asia/Kolkata', '2026-10-02T12:00:00Z', 1)).toEqual([
    '10-03T03:30 09:00',
  ]);
  expect(ticks('0 0 * * *', 'Asia/Kathmandu', '2026-10-02T12:00:00Z', 1)).toEqual([
    '10-02T18:15 00:00',
  ]);
  expect(ticks('0 6 29 2 *', 'UTC', '2026-10-02T12:00:00Z', 2)).toEqual([
    '02-29T06:00 06:00',
    '02-29T06:00 06:00',
  ]);
});

test('SD4 the ticks are the same wherever one begins to look, forwards and backwards', () => {
  const crons = ['30 2 * * *', '*/20 * * * *', '0 0 1 * *', '15 1-3 * * SUN', '0 0 * * MON#1'];
  const zones = [
    'Europe/Zurich',
    'America/New_York',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'Asia/Kolkata',
  ];
  // Around the changes of the clocks, where it is not a matter of course.
  const changes = [
    '2026-10-25',
    '2027-03-28',
    '2026-11-01',
    '2027-03-14',
    '2026-10-03',
    '2027-04-03',
  ];
  const moments = fc
    .tuple(
      fc.constantFrom(...changes),
      fc.integer({ min: -2_880, max: 2_880 }),
      fc.integer({ min: 0, max: 59_999 }),
    )
    .map(([day, minutes, ms]) => Date.parse(`${day}T00:00:00Z`) + minutes * 60_000 + ms);
  fc.assert(
    fc.property(
      fc.constantFrom(...crons),
      fc.constantFrom(...zones),
      moments,
      (cron, zone, moment) => {
        const times = tickTimes(cron, zone);
        const next = times.next(moment) ?? Infinity;
        expect(next).toBeGreaterThan(moment);
        expect(next % 60_000).toBe(0);
        // Nothing between, and looking back from it, or from just before it, finds the same.
        expect(times.newest(next)).toBe(next);
        const newest = times.newest(moment) ?? 0;
        expect(newest).toBeLessThanOrEqual(moment);
        expect(times.newest(next - 1)).toBe(newest);
        expect(times.next(newest)).toBe(next);
      },
    ),
    { numRuns: 300 },
  );
});

const define = (cron: string, timeZone = 'UTC', name = 'nightly', tenant?: string) =>
  defineSchedule({
    ...{ name, cron, timeZone, missed: 'skip', on: () => [] },
    ...(tenant !== undefined && { tenant }),
  });

describe('SD5 a definition', () => {
  test.each([
    ['61 * * * *', 'UTC', 'The cron 61 * * * * is none'],
    ['* * * *', 'UTC', 'it has five fields'],
    ['0 0 3 * * *', 'UTC', 'it has five fields'],
    ['@daily', 'UTC', 'it has five fields'],
    // croner reads it as the minute in which the process has begun.
    ['? * * * *', 'UTC', 'it has five fields'],
    ['2027-03-28T01:00:00', 'UTC', 'it has five fields'],
    ['0/5 * * * *', 'UTC', 'is none'],
    ['0 0 30 2 *', 'UTC', 'has no tick'],
    ['0 3 * * *', 'Europe/Nowhere', 'The time zone Europe/Nowhere is none'],
    ['0 3 * * *', '+02:00', 'The time zone +02:00 is none'],
    ['0 3 * * *', '', 'The time zone  is none'],
  ])('with the cron %s in %s is refused', (cron, zone, error) => {
    expect(() => define(cron, zone)).toThrow(error);
  });

  test('with another policy is refused', () => {
    const policy = JSON.parse('"never"');
    expect(() => defineSchedule({ ...nightly, missed: policy, on: () => [] })).toThrow(
      'missed: never',
    );
  });

  test.each([
    [
      'whose name is no part of an address',
      [define('0 3 * * *', 'UTC', 'a b')],
      'The schedule name a b needs',
    ],
    ['whose name is taken', [define('0 3 * * *'), define('0 4 * * *')], 'is taken twice'],
    [
      'of the tenant of the deployment',
      [define('0 3 * * *', 'UTC', 'n', 'ledge')],
      'no tenant of an app',
    ],
  ])('%s is refused', (_, schedules, error) => {
    expect(() => defineApp({ aggregates: [shipment], schedules })).toThrow(error);
  });

  test.each([[null], [7], [{ aggregate: 'a' }]])('that returns %j has no commands', (returned) => {
    const schedule = defineSchedule({ ...nightly, on: () => JSON.parse(JSON.stringify(returned)) });
    expect(() => schedule.commandsAt({ at: '', local: '', tenant: 'main' })).toThrow('no reaction');
  });

  test('with more than a hundred commands for a tick fails', () => {
    const work = command(shipment, 's', 'ReturnShipment', {});
    const many = (count: number) =>
      defineSchedule({ ...nightly, on: () => Array(count).fill(work) });
    const tick = { at: '', local: '', tenant: 'main' };
    expect(many(100).commandsAt(tick)).toHaveLength(100);
    expect(() => many(101).commandsAt(tick)).toThrow('the limit is 100');
  });
});

test('SD6 the kit refuses a time that is no tick', () => {
  expect(() => givenSchedule(nightly).whenTicks('2027-03-28T01:30:00Z')).toThrow(
    'no tick of nightly',
  );
  expect(() => givenSchedule(nightly).whenTicks('2027-03-28')).toThrow('no time');
  expect(() =>
    givenSchedule(nightly).between('2027-03-27T00:00:00Z', '2027-03-28T00:00:00Z').thenTicksAt(),
  ).toThrow('Ticks of nightly-returns');
  expect(() => givenSchedule(nightly).whenTicks('2027-03-28T01:00:00Z').thenSends()).toThrow(
    'Commands of',
  );
});
