/**
 * The checker itself: it accepts a correct history, and finds every kind of anomaly under its name, wherever it is
 * planted.
 */
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FinalState } from './final-state.ts';
import type { FindingKind } from './finding.ts';
import { historyOf, type Line, parseHistory } from './history.ts';
import { app } from './support/counting-app.ts';
import { counting, goodStory, type Story } from './support/story.ts';

interface Evidence {
  readonly lines: Line[];
  readonly state: FinalState;
}

function findings({ lines, state }: Evidence) {
  return checkHistory(app, historyOf(lines), state);
}

/** A correct history with one change, before or after its end. */
function spoilt(
  spoil: (evidence: Evidence, story: Story) => void,
  before?: (story: Story) => void,
) {
  const story = goodStory();
  before?.(story);
  const evidence = { lines: structuredClone(story.lines), state: story.state() };
  spoil(evidence, story);
  return findings(evidence);
}

const nothing = () => undefined;

test('Z3 a correct history passes, in memory and as a file', () => {
  const story = goodStory();
  expect(spoilt(nothing)).toEqual([]);
  const text = story.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(checkHistory(app, parseHistory(text), story.state())).toEqual([]);
});

test('Z3 a command with an unknown outcome may have been executed or not, and may be executed later', () => {
  const more = (story: Story) => {
    story.begin('ann', counting('counter/a', 1, { key: 'never' }));
    const late = counting('counter/a', 2, { key: 'late' });
    story.begin('ann', late);
    story.count('bob', 'counter/a', 1);
    story.append(late);
  };
  expect(spoilt(nothing, more)).toEqual([]);
});

test('Z3 what contradicts itself is no history', () => {
  const [first] = goodStory().lines;
  expect(() => historyOf([{ process: 'ann', id: 9, atMs: 0, type: 'unknown' }])).toThrow('Line 1');
  expect(() => parseHistory('\n{"type":"ok"}\n')).toThrow('Line 2 is not a line of a history');
  expect(historyOf(first ? [first] : []).command).toHaveLength(1);
});

/** The n-th line of a type that was answered about something. */
function answerOf({ lines }: Evidence, kind: string, number = 0): Record<string, unknown> {
  const asked = lines.filter((line) => line.type === 'invoke' && line.wanted.kind === kind);
  const ends = lines.filter((line) => line.type === 'ok');
  const answered = ends.filter(({ id }) => asked.some((line) => line.id === id));
  const line = answered[number];
  return line?.type === 'ok' ? Object(line.answer) : {};
}

function logOf({ state }: Evidence, stream = 'counter/a') {
  return state.logs[stream] ?? [];
}

function renumber(evidence: Evidence): void {
  for (const [index, event] of logOf(evidence).entries()) event.version = index + 1;
}

const somebody = { actor: 'somebody', commandId: 'c', causationId: 'c', correlationId: 'c' };

type Spoil = (evidence: Evidence, story: Story) => void;

const planted: readonly [FindingKind, string, Spoil, ((story: Story) => void)?][] = [
  ['lost', 'an acknowledged event', (evidence) => logOf(evidence).pop()],
  [
    'lost',
    'another event in its place',
    (evidence) => Object.assign(logOf(evidence)[0] ?? {}, { id: 'x' }),
  ],
  ['lost', 'an event from the journal', ({ state }) => state.journal.splice(2, 1)],
  [
    'lost',
    'a state that was read',
    (evidence) => Object.assign(answerOf(evidence, 'state'), { version: 99 }),
  ],
  [
    'lost',
    'an event that a follower passed by',
    (evidence) => Object(answerOf(evidence, 'follow', 1).events).splice(1, 1),
  ],
  [
    'phantom',
    'an event without a command',
    (evidence) => {
      const [event] = logOf(evidence);
      if (event) logOf(evidence).push({ ...event, id: 'x', version: 5, metadata: somebody });
    },
  ],
  ['phantom', 'an event of a command that was refused', refuseFirst],
  [
    'phantom',
    'more than the unknown commands can explain',
    (evidence, story) => {
      const log = logOf(evidence, 'counter/b');
      const [event] = story.logs['counter/b'] ?? [];
      for (const id of ['x', 'y']) {
        if (!event) continue;
        const metadata = { ...somebody, commandId: id };
        log.push({ ...event, id, version: log.length + 1, metadata });
      }
    },
  ],
  [
    'phantom',
    'what only the journal has',
    ({ state }) => {
      const [event] = state.journal;
      if (event) state.journal.push({ ...event, version: 77, position: 99 });
    },
  ],
  [
    'phantom',
    'a command of the runtime without a cause',
    (evidence) => {
      for (const event of logOf(evidence).slice(0, 2)) {
        Object.assign(event.metadata, { commandId: 'ledge:saga/x', causationId: 'nothing' });
      }
    },
  ],
  [
    'doubled',
    'a command that was executed twice',
    (_evidence) => undefined,
    (story) => {
      story.append(counting('counter/a', 2, { key: 'a-1' }));
    },
  ],
  [
    'doubled',
    'a version in a log',
    (evidence) => logOf(evidence).push({ ...logOf(evidence)[1], id: 'x' } as never),
  ],
  [
    'doubled',
    'an event in the journal',
    ({ state }) => state.journal.push({ ...state.journal[1], position: 99 } as never),
  ],
  [
    'doubled',
    'an event in an answer of the feed',
    (evidence) => {
      const { events } = answerOf(evidence, 'follow');
      Object(events).push(Object(events)[2]);
    },
  ],
  [
    'doubled',
    'an event that a saga reacted to',
    (evidence) => {
      const stream = 'fulfilment/o-1';
      const data = { source: 'order/o-1', version: 1 };
      evidence.state.logs[stream] = logOf(evidence)
        .slice(0, 2)
        .map((event) => ({ ...event, stream, type: 'EventReceived', data }));
    },
  ],
  ['reordered', 'a command before one that was answered first', swapAnswers],
  [
    'reordered',
    'the journal',
    ({ state }) => state.journal.splice(0, 2, ...state.journal.slice(0, 2).reverse()),
  ],
  ['reordered', 'the feed', (evidence) => Object(answerOf(evidence, 'follow').events).reverse()],
  [
    'reordered',
    'a page of a stream',
    (evidence) => Object(answerOf(evidence, 'events').events).reverse(),
  ],
  ['gap', 'a version that is missing', (evidence) => logOf(evidence).splice(2, 1)],
  ['gap', 'a version that the journal lacks', ({ state }) => state.journal.splice(0, 1)],
  [
    'gap',
    'a version that a follower lacks',
    (evidence) => Object(answerOf(evidence, 'follow').events).shift(),
  ],
  ['changed', 'an event after it was answered', (evidence) => changeData(logOf(evidence)[1])],
  [
    'changed',
    'an event of the feed',
    (evidence) => changeData(Object(answerOf(evidence, 'follow').events)[0]),
  ],
  [
    'changed',
    'an event of a page',
    (evidence) => changeData(Object(answerOf(evidence, 'events').events)[0]),
  ],
  ['changed', 'an event of the journal', ({ state }) => changeData(state.journal[0])],
  [
    'contradicted',
    'one key, two answers',
    nothing,
    (story) => {
      const again = counting('counter/a', 2, { key: 'a-1' });
      story.record('ann', again, { version: 7, events: [] });
    },
  ],
  [
    'contradicted',
    'a key that was accepted and rejected',
    nothing,
    (story) => {
      const again = story.begin('ann', counting('counter/a', 2, { key: 'a-1' }));
      again.fail({ outcome: 'rejected', reason: 'no' });
    },
  ],
  [
    'unguarded',
    'an expected version that was not there',
    nothing,
    (story) => {
      story.count('ann', 'counter/a', 1, { expectedVersion: 2 });
    },
  ],
  ['stale', 'a state', nothing, (story) => readOldState(story)],
  [
    'stale',
    'a page of a stream',
    nothing,
    (story) => {
      story.record('eve', { kind: 'events', stream: 'counter/a', after: 1 }, { events: [] });
    },
  ],
  [
    'stale',
    'rows in spite of a token',
    nothing,
    (story) => readOldRows(story, 'eve', 'counter/a@4'),
  ],
  ['stale', 'rows that the same client saw newer', nothing, (story) => readOldRows(story, 'bob')],
  ['stale', 'a row that is not there yet', nothing, (story) => readNoRows(story)],
  [
    'torn',
    'a state between the events of one command',
    (evidence) => Object.assign(answerOf(evidence, 'state'), { version: 1 }),
  ],
  [
    'torn',
    'a row that never was',
    (evidence) => changeRow(Object(answerOf(evidence, 'rows').rows)),
  ],
  [
    'misfolded',
    'a state that was read',
    (evidence) => Object.assign(answerOf(evidence, 'state'), { state: 1 }),
  ],
  [
    'misfolded',
    'a state in the end',
    ({ state }) => Object.assign(state.states['counter/a'] ?? {}, { state: 1 }),
  ],
  [
    'misfolded',
    'a state at another version',
    ({ state }) => Object.assign(state.states['counter/a'] ?? {}, { version: 1 }),
  ],
  ['misfolded', 'a row that counted twice', ({ state }) => changeRow(state.rows.counts ?? [])],
  ['misfolded', 'a row too few', ({ state }) => state.rows.counts?.pop()],
  [
    'misfolded',
    'a row too many',
    ({ state }) => state.rows.counts?.push({ counter: 'z', total: 1 }),
  ],
  [
    'misfolded',
    'the same row twice',
    ({ state }) => state.rows.counts?.push({ ...state.rows.counts[0] }),
  ],
  [
    'unfinished',
    'a stream that the read side lacks',
    ({ state }) => delete state.checkpoints['counter/a'],
  ],
  [
    'unfinished',
    'a saga that has not ended',
    ({ state }) => state.sagas.push({ stream: 'fulfilment/o-1', status: 'running', ended: false }),
  ],
  [
    'unfinished',
    'a dead letter',
    ({ state }) => state.parked.push({ projection: 'counts', stream: 'counter/a', version: 2 }),
  ],
];

test.each(planted)('Z3 %s: %s', (kind, _what, spoil, before) => {
  const found = spoilt(spoil, before).map((finding) => finding.kind);
  expect(found).toContain(kind);
});

test('Z3 the removal of any event from a log is found', () => {
  for (const [stream, log] of Object.entries(goodStory().logs)) {
    for (const index of log.keys()) {
      const kinds = spoilt(({ state }) => state.logs[stream]?.splice(index, 1)).map(
        (it) => it.kind,
      );
      expect(kinds, `${stream}@${index + 1}`).toContain('lost');
    }
  }
});

test('Z3 whichever neighbours change places in a log, it is noticed', () => {
  for (const index of [0, 1, 2]) {
    const found = spoilt((evidence) => {
      const log = logOf(evidence);
      log.splice(index, 2, ...log.slice(index, index + 2).reverse());
      renumber(evidence);
    });
    expect(found.map(({ kind }) => kind)).toContain('lost');
  }
});

test('Z3 what a domain promises is checked with the rest', () => {
  const { lines, state } = { lines: goodStory().lines, state: goodStory().state() };
  const finding = { kind: 'unbalanced', where: 'stock', detail: 'One is missing.' } as const;
  const laws = [() => [finding]];
  expect(checkHistory(app, historyOf(lines), state, laws)).toEqual([finding]);
});

/** The first command is answered with a refusal, and yet its events are there. */
function refuseFirst({ lines }: Evidence): void {
  lines[1] = { process: 'ann', id: 1, atMs: 1, type: 'fail', answer: { outcome: 'rejected' } };
}

/** Bob's and Ann's commands on one stream are each answered with the other's place. */
function swapAnswers(evidence: Evidence): void {
  const [first, second, third] = [0, 1, 2].map((number) => answerOf(evidence, 'command', number));
  if (!first || !second || !third) return;
  const swapped = { second: { ...second }, third: { ...third } };
  Object.assign(second, swapped.third);
  Object.assign(third, swapped.second);
}

function changeData(event: object | undefined): void {
  Object.assign(event ?? {}, { data: { changed: true } });
}

function changeRow(rows: Record<string, unknown>[]): void {
  Object.assign(rows[0] ?? {}, { total: 99 });
}

function readOldState(story: Story): void {
  story.record('eve', { kind: 'state', stream: 'counter/a' }, { version: 2, state: {} });
}

function readOldRows(story: Story, process: string, ...tokens: string[]): void {
  const rows = [
    { counter: 'a', total: 3 },
    { counter: 'b', total: 7 },
  ];
  story.record(process, { kind: 'rows', projection: 'counts', tokens }, { rows });
}

function readNoRows(story: Story): void {
  const wanted = { kind: 'rows' as const, projection: 'counts', key: 'a', tokens: ['counter/a@1'] };
  story.record('eve', wanted, { rows: [] });
}
