/** The credentials of a history: what each lets its bearer see and do, and from when on nothing any more. */
import type { Grants, Match } from './credential-lines.ts';
import type { History, Operation, Wanted } from './history.ts';

/** Promised: a withdrawn credential has no effect after this (EN3). */
const KNOWN_MS = 10_000;

/** The clock of a server shows whole milliseconds. */
const ROUNDING_MS = 1;

export interface KnownCredential extends Grants {
  /** Infinity: it was not withdrawn. */
  readonly endsAtMs: number;
}

export type KnownCredentials = ReadonlyMap<string, KnownCredential>;

export function knownCredentials({ issue, withdraw }: History): KnownCredentials {
  return new Map(
    issue.map(({ wanted: { credential, sees, sends, follows } }) => {
      const ends = withdraw
        .filter(({ wanted }) => wanted.credential === credential)
        .map(({ completedAtMs, wanted }) => completedAtMs + Math.max(wanted.graceMs, KNOWN_MS));
      return [credential, { sees, sends, follows, endsAtMs: Math.min(...ends) + ROUNDING_MS }];
    }),
  );
}

/** A time in which the tenant was certainly suspended, in every isolate and object. */
export interface SuspendedTime {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly mode: 'read-only' | 'closed';
}

export function suspendedTimes({ suspend, resume }: History): readonly SuspendedTime[] {
  return suspend.map(({ wanted: { mode }, completed, completedAtMs }) => {
    const end = resume.find(({ invoked }) => invoked > completed);
    const untilMs = end?.invokedAtMs ?? Number.POSITIVE_INFINITY;
    return { mode, fromMs: completedAtMs + KNOWN_MS + ROUNDING_MS, untilMs };
  });
}

/** Whether all of an operation was in such a time. */
export function isWithin(
  { fromMs, untilMs }: SuspendedTime,
  { invokedAtMs, completedAtMs }: Pick<Operation, 'invokedAtMs' | 'completedAtMs'>,
): boolean {
  return invokedAtMs > fromMs && completedAtMs < untilMs;
}

/** Undefined for a client that may see and do everything. */
export function credentialOf(
  credentials: KnownCredentials,
  wanted: Wanted,
): KnownCredential | undefined {
  if (!('credential' in wanted) || wanted.credential === undefined) return undefined;
  return credentials.get(wanted.credential) ?? nothing;
}

/** Of a credential that was never issued. */
const nothing: KnownCredential = { sees: {}, sends: {}, follows: [], endsAtMs: 0 };

/** Whether the values of a row, a state or data are among those that are granted. */
export function isGranted(match: Match | undefined, values: unknown): boolean {
  if (match === undefined) return false;
  if (match === 'all') return true;
  return Object.entries(match).every(([name, granted]) => granted.includes(Object(values)[name]));
}
