/** What a build takes of D1, page by page, beside live commits and alone. */
import { describe, expect, test } from 'vitest';
import { BuildPace, type MeasuredPage } from '../../durable-objects/rebuild/build-pace.ts';

/** How D1 and the Worker take a build in a test. */
interface Place {
  readonly databaseUsPerEvent: number;
  readonly workerUsPerEvent: number;
  readonly tripMs: number;
  /** Events that others commit in a second. */
  readonly live: number;
}

const quick: Place = { databaseUsPerEvent: 2, workerUsPerEvent: 12, tripMs: 1, live: 0 };
const slow: Place = { databaseUsPerEvent: 100, workerUsPerEvent: 12, tripMs: 1, live: 0 };

const TRIPS = 4;

interface Step extends MeasuredPage {
  readonly pauseMs: number;
}

/** The pages of a build that reads a journal of so many events, until its cursor is at the head. */
function build(place: Place, journal: number, pagesMax = 2_000): Step[] {
  const pace = new BuildPace();
  const steps: Step[] = [];
  for (let cursor = 0, ms = 0; steps.length < pagesMax; ) {
    const head = journal + Math.floor((place.live * ms) / 1_000);
    const events = Math.min(pace.events, head - cursor);
    const databaseMs = (events * place.databaseUsPerEvent) / 1_000;
    const workerMs = (events * place.workerUsPerEvent) / 1_000;
    const elapsedMs = databaseMs + workerMs + TRIPS * place.tripMs;
    const { tripMs } = place;
    const measured = { databaseMs, elapsedMs, tripMs, trips: TRIPS, queries: 14 };
    const page = { events, head, isDoorClosed: false, ...measured };
    const pauseMs = pace.after(page);
    steps.push({ ...page, pauseMs });
    cursor += events;
    ms += elapsedMs + pauseMs;
    if (cursor === head) break;
  }
  return steps;
}

function total(steps: readonly Step[], of: (step: Step) => number): number {
  return steps.reduce((sum, step) => sum + of(step), 0);
}

describe('N14 a page of a build takes D1 for 50 ms', () => {
  test.each([
    ['that is quick', quick],
    ['that is slow', slow],
    ['that is 30 ms away', { ...slow, tripMs: 30 }],
  ])('of a database %s', (_which, place) => {
    const steps = build(place, 300_000);
    for (const { databaseMs } of steps) expect(databaseMs).toBeLessThanOrEqual(51);
    expect(total(steps, ({ events }) => events)).toBe(300_000);
  });

  test('whose time for an event grows tenfold, after one page that is longer', () => {
    const pace = new BuildPace();
    const page = { head: 10_000, isDoorClosed: false, trips: 4, tripMs: 1, queries: 14 };
    for (let step = 0; step < 20; step++) {
      pace.after({ ...page, events: pace.events, databaseMs: pace.events / 100, elapsedMs: 200 });
    }
    expect(pace.events).toBe(5_000);
    pace.after({ ...page, events: 5_000, databaseMs: 500, elapsedMs: 900 });
    expect(pace.events).toBe(500);
  });

  test('and no page is larger than 5,000 events, or twice the one before', () => {
    const sizes = build(quick, 300_000).map(({ events }) => events);
    for (const [index, size] of sizes.entries()) {
      expect(size).toBeLessThanOrEqual(Math.min(5_000, 2 * (sizes[index - 1] ?? 250)));
    }
    expect(Math.max(...sizes)).toBe(5_000);
  });
});

describe('N15 a build', () => {
  test('that is alone makes no pause, and is at full speed after a second', () => {
    const steps = build(quick, 300_000);
    expect(total(steps, ({ pauseMs }) => pauseMs)).toBe(0);
    const early = steps.filter(({ events }) => events < 2_500);
    expect(total(early, ({ elapsedMs }) => elapsedMs)).toBeLessThan(1_100);
  });

  test('that waits for a busy D1 pauses for a quarter of a second at most', () => {
    const pace = new BuildPace();
    const page = { events: 200, isDoorClosed: false, trips: 4, tripMs: 1, queries: 14 };
    const waited = { ...page, databaseMs: 5, elapsedMs: 900 };
    expect(pace.after({ ...waited, head: 1 })).toBe(0);
    expect(pace.after({ ...waited, head: 2 })).toBe(250);
  });

  test('beside live commits takes 15 ms at a time, and leaves twice as much to others', () => {
    const all = build({ ...quick, live: 20 }, 300_000);
    const first = all.findIndex(({ pauseMs }) => pauseMs > 0);
    expect(first).toBeLessThan(10);
    const steps = all.slice(first);
    expect(steps.length).toBeGreaterThan(100);
    for (const { elapsedMs, pauseMs } of steps) {
      expect(elapsedMs - TRIPS).toBeLessThanOrEqual(16);
      expect(pauseMs).toBeCloseTo(2 * (elapsedMs - TRIPS), 5);
    }
  });

  test('does not count the network: it pauses for what it used', () => {
    const steps = build({ ...quick, live: 100, tripMs: 30 }, 100_000).slice(1);
    expect(steps.length).toBeGreaterThan(10);
    for (const { elapsedMs, pauseMs } of steps) {
      expect(pauseMs).toBeCloseTo(2 * (elapsedMs - TRIPS * 30), 5);
    }
  });

  test.each([1_000, 3_000])('gains on %i commits in a second', (live) => {
    // Each page takes D1 ten times as long as usual.
    const steps = build({ ...quick, databaseUsPerEvent: 20, tripMs: 60, live }, 50_000);
    const last = steps.at(-1);
    expect(total(steps, ({ events }) => events)).toBe(last?.head);
  });

  test('is alone again a second after the last commit of others', () => {
    const pace = new BuildPace();
    const page = { events: 500, isDoorClosed: false, trips: 4, tripMs: 1, queries: 14 };
    const measured = { ...page, databaseMs: 5, elapsedMs: 14 };
    expect(pace.after({ ...measured, head: 9_000 })).toBe(0);
    const pauses = Array.from({ length: 100 }, () => pace.after({ ...measured, head: 9_001 }));
    const paused = pauses.filter((pauseMs) => pauseMs > 0).length;
    expect(pauses.slice(0, paused)).toEqual(Array(paused).fill(20));
    expect(paused).toBe(Math.ceil(1_000 / 14));
  });

  test('that has closed the door makes no pause, and reads all that is left', () => {
    const pace = new BuildPace();
    const page = { events: 300, isDoorClosed: false, trips: 4, tripMs: 1, queries: 14 };
    const measured = { ...page, databaseMs: 5, elapsedMs: 14 };
    pace.after({ ...measured, head: 1_000 });
    expect(pace.after({ ...measured, head: 1_010 })).toBeGreaterThan(0);
    expect(pace.after({ ...measured, head: 1_020, isDoorClosed: true })).toBe(0);
    expect(pace.events).toBe(5_000);
  });
});
