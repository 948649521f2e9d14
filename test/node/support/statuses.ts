/** The status of a projection called orders, as the service returns it, for the tests of the command lines. */

export interface Generation {
  /** Left out: `DB`. */
  readonly database?: string;
  readonly version: number;
  readonly purpose?: 'primary' | 'rebuild' | 'verify';
  readonly state: string;
  readonly serving?: boolean;
  readonly parked?: number;
  readonly lag?: { readonly events: number; readonly seconds: number };
  readonly reason?: string;
  readonly changedAt?: string;
  readonly done?: number;
  readonly report?: readonly object[];
}

export const EVENTS = 4_000;

export const serving: Generation = { version: 1, state: 'live', serving: true };
/** After its rows were replaced. */
export const servingAnew: Generation = { ...serving, changedAt: '2026-11-21T10:00:09.000Z' };

export function rebuilding(done: number): Generation {
  return { version: 1, purpose: 'rebuild', state: 'catching-up', done };
}

export function verification(state: string, report?: readonly object[]): Generation {
  return { version: 1, purpose: 'verify', state, ...(report && { report }) };
}

export function compared(onlyLive: number, onlyRecomputed: number): object {
  return { table: 'orders_v1', rows: 830, onlyLive, onlyRecomputed };
}

export function ordersWith(...generations: readonly Generation[]): object {
  const version = Math.max(...generations.map((one) => one.version));
  const shown = generations.find((one) => one.serving);
  return {
    name: 'orders',
    version,
    serving: shown?.version ?? null,
    state: generations.some(({ state }) => state === 'catching-up') ? 'rebuilding' : 'live',
    lag: shown?.lag ?? { events: 0, seconds: 0 },
    undelivered: 0,
    parked: shown?.parked ?? 0,
    lastError: shown?.reason ?? null,
    generations: generations.map(generationStatus),
  };
}

function generationStatus({ done, ...generation }: Generation): object {
  const build = {
    done,
    total: EVENTS,
    startedAt: '2026-11-21T10:00:00.000Z',
    eventsPerSecond: 2_000,
    secondsLeft: Math.ceil((EVENTS - (done ?? 0)) / 2_000),
  };
  return {
    database: 'DB',
    purpose: 'primary',
    serving: false,
    parked: 0,
    lag: { events: 0, seconds: 0 },
    reason: null,
    changedAt: '2026-11-21T10:00:00.000Z',
    ...generation,
    ...(done !== undefined && { build }),
  };
}
