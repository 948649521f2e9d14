/** The checker on credentials: it accepts what they grant, and finds what they do not, and what comes after their end. */
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FindingKind } from './finding.ts';
import { historyOf } from './history.ts';
import { app } from './support/counting-app.ts';
import { counting, goodStory, type Story } from './support/story.ts';

const credential = 'ann-1';
const WITHDRAWN_MS = 1_000;

/** Ann may see and count `a`, and follow nothing. */
function storyOfAnn(): Story {
  const story = goodStory();
  const own = { counter: ['a'] };
  const issue = { sees: { counts: own, counter: own }, sends: { counter: 'all' as const } };
  story.record('admin', { kind: 'issue', credential, ...issue, follows: [] }, {});
  return story;
}

function kinds(tell: (story: Story) => void): FindingKind[] {
  const story = storyOfAnn();
  tell(story);
  return checkHistory(app, historyOf(story.lines), story.state()).map(({ kind }) => kind);
}

const rowOfA = { counter: 'a', total: 4 };
const rowOfB = { counter: 'b', total: 7 };

function readRows(story: Story, rows: object[], count?: number, by = credential): void {
  const wanted = { kind: 'rows' as const, projection: 'counts', tokens: [], credential: by };
  story.record('ann', wanted, { rows, ...(count !== undefined && { count }) });
}

function receiveFrame(story: Story, frame: object, sentAtMs = story.atMs): void {
  const wanted = { kind: 'frame' as const, projection: 'counts', credential };
  story.record('ann', wanted, { rows: [], keys: [], removed: [], ...frame, sentAtMs });
}

function withdraw(story: Story, graceMs = 0): void {
  story.atMs = WITHDRAWN_MS;
  story.record('admin', { kind: 'withdraw', credential, graceMs }, {});
}

/** Accepted at once, with a key of its own. */
function count(story: Story): void {
  const wanted = counting('counter/a', 1, { key: 'last', credential });
  story.record('ann', wanted, story.append(wanted));
}

/** A time after the withdrawal. */
function at(story: Story, afterMs: number): void {
  story.atMs = WITHDRAWN_MS + afterMs;
}

/** From the withdrawal's time on. */
function suspend(story: Story, mode: 'read-only' | 'closed'): void {
  story.atMs = WITHDRAWN_MS;
  story.record('admin', { kind: 'suspend', mode }, {});
}

const granted: readonly [string, (story: Story) => void][] = [
  ['own rows and their count', (story) => readRows(story, [rowOfA], 1)],
  [
    'a frame, and the removal of a row of it',
    (story) => {
      receiveFrame(story, { rows: [rowOfA], keys: ['k-a'] });
      receiveFrame(story, { removed: ['k-a'] });
    },
  ],
  ['a command', count],
  [
    'rows ten seconds after a withdrawal',
    (story) => {
      withdraw(story);
      at(story, 10_000);
      readRows(story, [rowOfA]);
    },
  ],
  [
    'rows within the grace period',
    (story) => {
      withdraw(story, 60_000);
      at(story, 60_000);
      readRows(story, [rowOfA]);
    },
  ],
  [
    'rows in a tenant that is suspended read-only',
    (story) => {
      suspend(story, 'read-only');
      at(story, 11_000);
      readRows(story, [rowOfA]);
    },
  ],
  [
    'a command after the tenant was resumed',
    (story) => {
      suspend(story, 'closed');
      at(story, 11_000);
      story.record('admin', { kind: 'resume' }, {});
      count(story);
    },
  ],
  [
    'a frame that arrives late and was sent in time',
    (story) => {
      withdraw(story);
      at(story, 60_000);
      receiveFrame(story, { rows: [rowOfA] }, WITHDRAWN_MS + 9_000);
    },
  ],
];

test.each(granted)('Z3 passes %s', (_what, tell) => {
  expect(kinds(tell)).toEqual([]);
});

const planted: readonly [FindingKind, string, (story: Story) => void][] = [
  ['shown', 'the row of another', (story) => readRows(story, [rowOfA, rowOfB])],
  ['shown', 'a count of rows that are not shown', (story) => readRows(story, [rowOfA], 2)],
  [
    'shown',
    'rows to a credential that was never issued',
    (story) => readRows(story, [rowOfA], 1, 'x'),
  ],
  ['shown', 'the row of another in a frame', (story) => receiveFrame(story, { rows: [rowOfB] })],
  [
    'shown',
    'the removal of a row of another',
    (story) => receiveFrame(story, { removed: ['k-b'] }),
  ],
  [
    'shown',
    'a state that is not granted',
    (story) => {
      const wanted = { kind: 'state' as const, stream: 'counter/b', credential };
      story.record('ann', wanted, { version: 7, state: {} });
    },
  ],
  [
    'shown',
    'a stream whose states are not granted',
    (story) => {
      const wanted = { kind: 'events' as const, stream: 'counter/b', after: 0, credential };
      story.record('ann', wanted, { events: story.logs['counter/b'] });
    },
  ],
  [
    'shown',
    'the journal',
    (story) => {
      const answer = { events: story.journal.slice(0, 1), after: 1 };
      story.record('ann', { kind: 'follow', after: 0, credential }, answer);
    },
  ],
  [
    'shown',
    'rows eleven seconds after a withdrawal',
    (story) => {
      withdraw(story);
      at(story, 11_000);
      readRows(story, [rowOfA]);
    },
  ],
  [
    'shown',
    'a frame that was sent eleven seconds after a withdrawal',
    (story) => {
      withdraw(story);
      at(story, 11_000);
      receiveFrame(story, { rows: [rowOfA] });
    },
  ],
  [
    'ungranted',
    'a command eleven seconds after a withdrawal',
    (story) => {
      withdraw(story);
      at(story, 11_000);
      count(story);
    },
  ],
  [
    'ungranted',
    'a command eleven seconds after the tenant was suspended',
    (story) => {
      suspend(story, 'read-only');
      at(story, 11_000);
      count(story);
    },
  ],
  [
    'shown',
    'rows eleven seconds after the tenant was closed',
    (story) => {
      suspend(story, 'closed');
      at(story, 11_000);
      readRows(story, [rowOfA]);
    },
  ],
  [
    'ungranted',
    'a command on a state that is not granted',
    (story) => {
      const sends = { counter: { counter: ['b'] } };
      const rules = { credential: 'ann-2', sees: {}, sends, follows: [] };
      story.record('admin', { kind: 'issue', ...rules }, {});
      const wanted = counting('counter/a', 1, { key: 'beyond', credential: 'ann-2' });
      story.record('ann', wanted, story.append(wanted));
    },
  ],
];

test.each(planted)('Z3 %s: %s', (kind, _what, tell) => {
  expect(kinds(tell)).toContain(kind);
});
