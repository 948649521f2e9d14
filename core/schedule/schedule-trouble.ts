/** What an operator has to know of a tick that is not done, and what helps. Pure. */
import type { Incident } from '../failures/incident.ts';
import { commandText } from '../package-name.ts';

/**
 * Why a tick is not done. `unsent`: a command could not be sent. `failed`: the schedule's function throws, or no attempt can execute
 * a command. `refused`: the tenant is suspended, or the schedule is blocked in it.
 */
export type UndoneState = 'unsent' | 'failed' | 'refused';

/** A tick that has begun and is not done. */
export interface UndoneTick {
  readonly atMs: number;
  readonly state: UndoneState;
  readonly cause: string;
  /** When it was attempted first. */
  readonly sinceMs: number;
}

/** Ours: a command that cannot be sent is sent again every minute, and most come through with the second attempt. */
export const UNSENT_LONG_MS = 300_000;

/** Whether an operator is to be notified: not of what ends by itself, or is meant. */
export function isTrouble({ state, sinceMs }: UndoneTick, nowMs: number): boolean {
  return state === 'failed' || (state === 'unsent' && nowMs - sinceMs >= UNSENT_LONG_MS);
}

const remedies: Readonly<Record<UndoneState, string>> = {
  unsent:
    'It is sent again every minute, and nothing is done twice. See the alerts of the deployment.',
  failed: `Correct the code and deploy: the tick is done again every minute until it succeeds. \`${commandText('schedules')} skip\` leaves it out.`,
  refused: 'It is done when the tenant is resumed, unless it is missed by then.',
};

export function troubleOfTick({
  state,
  cause,
  atMs,
}: UndoneTick): Pick<Incident, 'cause' | 'remedy'> {
  const tick = new Date(atMs).toISOString();
  return { cause: `The tick of ${tick} is not done. ${cause}`, remedy: remedies[state] };
}
