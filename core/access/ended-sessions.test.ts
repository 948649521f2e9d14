import { describe, expect, test } from 'vitest';
import { given } from '../testing/index.ts';
import {
  ENDED_SESSIONS_MAX,
  type EndedSessions,
  endedSessions,
  isEnded,
} from './ended-sessions.ts';

const now = '2027-01-01T12:00:00.000Z';
const until = '2027-01-01T20:00:00.000Z';
const lastsMsMax = 8 * 3_600_000;
const ended = (session: string, at = now, last = until) =>
  ({ type: 'SessionEnded', data: { session, at, until: last } }) as const;
const full = Array.from({ length: ENDED_SESSIONS_MAX }, (_, index) => ended(`s-${index}`));

describe('TK19 the sessions of a key that were ended', () => {
  test('are listed, each once', () => {
    given(endedSessions, [])
      .when('EndSession', { session: 'a', lastsMsMax }, { now })
      .then([ended('a')])
      .when('EndSession', { session: 'a', lastsMsMax }, { now })
      .thenNothing();
  });

  test('are forgotten once no cookie of theirs can be valid', () => {
    const [before, at] = ['2026-12-31T10:00:00.000Z', '2027-01-01T12:00:00.000Z'];
    given(endedSessions, [ended('old', before, at), ended('a'), ended('b')]).thenState({
      ...{
        sessions: [
          { session: 'a', until },
          { session: 'b', until },
        ],
        before: null,
      },
    });
  });

  test('are a hundred at most: with the next one all sessions of the key end', () => {
    given(endedSessions, full)
      .when('EndSession', { session: 'one-more', lastsMsMax }, { now })
      .then([{ type: 'AllSessionsEnded', data: { before: now } }])
      .thenState({ sessions: [], before: now })
      .when('EndSession', { session: 'later', lastsMsMax }, { now })
      .then([ended('later')]);
  });

  test('are not: others, and those that began later', () => {
    const nowMs = Date.parse(now);
    const listed: EndedSessions = { sessions: [{ session: 'a', until }], before: null };
    const all: EndedSessions = { sessions: [], before: now };
    expect([
      isEnded(listed, { id: 'a', beganAtMs: nowMs }),
      isEnded(listed, { id: 'b', beganAtMs: nowMs }),
      isEnded(all, { id: 'b', beganAtMs: nowMs }),
      isEnded(all, { id: 'b', beganAtMs: nowMs + 1 }),
    ]).toEqual([true, false, true, false]);
  });
});
