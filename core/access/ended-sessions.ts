/**
 * The sessions of one API key that were ended before their time: a stream of Ledge's own, `ledge.sessions/{key id}`, with
 * one event for each. A session that ends by itself leaves none.
 */
import * as z from 'zod';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, later } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { OWN_AGGREGATE_PREFIX } from './own-tenant.ts';

/** Ours: what a look-up of the key's sessions answers stays small. */
export const ENDED_SESSIONS_MAX = 100;

/** A session of a browser. */
export interface SessionReference {
  readonly id: string;
  readonly beganAtMs: number;
}

interface EndedSession {
  readonly session: string;
  /** No cookie of it lasts longer. */
  readonly until: string;
}

export interface EndedSessions {
  readonly sessions: readonly EndedSession[];
  /** Those that began before are over, each of them. */
  readonly before: string | null;
}

export const endedSessions = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}sessions`,
  events: {
    SessionEnded: event(z.strictObject({ session: z.string(), at: z.string(), until: z.string() })),
    AllSessionsEnded: event(z.strictObject({ before: z.string() })),
  },
  commands: { EndSession: z.strictObject({ session: z.string(), lastsMsMax: z.int().min(0) }) },
  initialState: (): EndedSessions => ({ sessions: [], before: null }),
  evolve: {
    SessionEnded: (state, { data: { session, at, until } }) => ({
      ...state,
      sessions: [...stillKnown(state, at), { session, until }],
    }),
    AllSessionsEnded: (_state, { data: { before } }) => ({ sessions: [], before }),
  },
  decide: {
    /** With too many to list, the other sessions of the key end too. */
    EndSession: ({ session, lastsMsMax }, state, { now }) => {
      const known = stillKnown(state, now);
      if (known.some((one) => one.session === session)) return accept();
      if (known.length >= ENDED_SESSIONS_MAX) {
        return accept({ type: 'AllSessionsEnded', data: { before: now } });
      }
      const data = { session, at: now, until: later(now, lastsMsMax) };
      return accept({ type: 'SessionEnded', data });
    },
  },
});

export function isEnded({ sessions, before }: EndedSessions, session: SessionReference): boolean {
  const isListed = sessions.some((one) => one.session === session.id);
  return isListed || (before !== null && session.beganAtMs <= Date.parse(before));
}

function stillKnown({ sessions }: EndedSessions, now: string): readonly EndedSession[] {
  return sessions.filter(({ until }) => Date.parse(until) > Date.parse(now));
}
