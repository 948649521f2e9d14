import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { isDelay, parseTime, utcText } from './time.ts';

const standard = z.iso.datetime({ offset: true });

describe('M17 a time', () => {
  test.each([
    ['2027-02-28T10:00:00Z', '2027-02-28T10:00:00.000Z'],
    ['2027-02-28T11:00:00.5+01:00', '2027-02-28T10:00:00.500Z'],
    ['2024-02-29T00:00:00.123456789Z', '2024-02-29T00:00:00.123Z'],
    ['0000-02-29T00:00:00Z', '0000-02-29T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('%s is %s', (text, utc) => {
    expect(utcText(parseTime(text) ?? Number.NaN)).toBe(utc);
  });

  test.each([
    '',
    '0',
    'tomorrow',
    '2027',
    '2027-02-28',
    '2027-02-28T10:00:00',
    '2027-02-28T10:00Z',
    '2027-02-28 10:00:00Z',
    '2027-02-31T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2027-13-01T00:00:00Z',
    '2027-00-01T00:00:00Z',
    '2027-01-00T00:00:00Z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T23:59:60Z',
    '2027-01-01T00:00:00+24:00',
    '+002027-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    '0000-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    ' 2027-01-01T00:00:00Z',
    '2027-01-01T00:00:00Z\n',
    'Fri, 01 Jan 2027 00:00:00 GMT',
  ])('%j is refused', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  test('of any kind survives a round trip through its text', () => {
    const times = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(times, (time) => parseTime(utcText(time.valueOf())) === time.valueOf()));
  });

  test('is what the standard schema accepts, within the stored years', () => {
    const near = fc
      .tuple(
        fc.constantFrom('0000', '0004', '1900', '2000', '2026', '2027', '9999'),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        fc.constantFrom('00:00:00', '12:30:59.9', '23:59:60', '24:00:00', '10:00'),
        fc.constantFrom('Z', '+00:00', '-23:59', '+24:00', ''),
      )
      .map(
        ([year, month, day, time, zone]) =>
          `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T${time}${zone}`,
      );
    fc.assert(
      fc.property(near, (text) => {
        const utc = standard.safeParse(text).success ? new Date(text).toISOString() : undefined;
        const kept = utc?.length === 24 ? Date.parse(utc) : undefined;
        expect(parseTime(text)).toBe(kept);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('M17 a delay is a number of milliseconds up to 100 years', () => {
  for (const delayMs of [0, 0.5, 900_000, 3_155_760_000_000]) expect(isDelay(delayMs)).toBe(true);
  for (const delayMs of [-1, Number.NaN, Infinity, 3_155_760_000_001]) {
    expect(isDelay(delayMs)).toBe(false);
  }
});
