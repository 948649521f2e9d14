/** The checker itself: it passes what is good, and catches every kind of evil under its name, wherever it is planted. */
import { expect, test } from 'vitest';
import { checkHistory } from './check-history.ts';
import type { FinalState } from './final-state.ts';
import type { FindingKind } from './finding.ts';
import { historyOf, type Line, parseHistory } from './history.ts';
import { app } from './support/counting-app.ts';
import { counting, goodStory, type Story } from './support/story.ts';

interface Told {
  readonly lines: Line[];
  readonly state: FinalState;
}

function findings({ lines, state }: Told) {
  return checkHistory(app, historyOf(lines), state);
}

/** A good story of which somebody has changed something, before or after its end. */
function spoilt(spoil: (told: Told, story: Story) => void, before?: (story: Story) => void) {
  const story = goodStory();
  before?.(story);
  const told = { lines: structuredClone(story.lines), state: story.state() };
  spoil(told, story);
  return findings(told);
}

const nothing = () => undefined;

test('Z3 a good history is good, as it was told and as it was written down', () => {
  const story = goodStory();
  expect(spoilt(nothing)).toEqual([]);
  const text = story.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  expect(checkHistory(app, parseHistory(text), story.state())).toEqual([]);
});

test('Z3 what is unknown may have happened or not, and may happen later', () => {
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
  expect(() => parseHistory('\n{"type":"ok"}\n')).toThrow('Line 2 is no line of a history');
  expect(historyOf(first ? [first] : []).command).toHaveLength(1);
});

/** The n-th line of a type that was answered about something. */
function answerOf({ lines }: Told, kind: string, number = 0): Record<string, unknown> {
  const asked = lines.filter((line) => line.type === 'invoke' && line.wanted.kind === kind);
  const ends = lines.filter((line) => line.type === 'ok');
  const answered = ends.filter(({ id }) => asked.some((line) => line.id === id));
  const line = answered[number];
  return line?.type === 'ok' ? Object(line.answer) : {};
}

function logOf({ state }: Told, stream = 'counter/a') {
  return state.logs[stream] ?? [];
}

function renumber(told: Told): void {
  for (const [index, event] of logOf(told).entries()) event.version = index + 1;
}

const somebody = { actor: 'somebody', commandId: 'c', causationId: 'c', correlationId: 'c' };

type Spoil = (told: Told, story: Story) => void;

const planted: readonly [FindingKind, string, Spoil, ((story: Story) => void)?][] = [
  ['lost', 'an acknowledged event', (told) => logOf(told).pop()],
  [
    'lost',
    'another event in its place',
    (told) => Object.assign(logOf(told)[0] ?? {}, { id: 'x' }),
  ],
  ['lost', 'an event from the journal', ({ state }) => state.journal.splice(2, 1)],
  [
    'lost',
    'a state that was read',
    (told) => Object.assign(answerOf(told, 'state'), { version: 99 }),
  ],
  [
    'lost',
    'an event that a follower passed by',
    (told) => Object(answerOf(told, 'follow', 1).events).splice(1, 1),
  ],
  [
    'phantom',
    'an event that nobody asked for',
    (told) => {
      const [event] = logOf(told);
      if (event) logOf(told).push({ ...event, id: 'x', version: 5, metadata: somebody });
    },
  ],
  ['phantom', 'an event of a command that was refused', refuseFirst],
  [
    'phantom',
    'more than the unknown commands can explain',
    (told, story) => {
      const log = logOf(told, 'counter/b');
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
    'a command of the machinery without a cause',
    (told) => {
      for (const event of logOf(told).slice(0, 2)) {
        Object.assign(event.metadata, { commandId: 'ledge:saga/x', causationId: 'nothing' });
      }
    },
  ],
  [
    'doubled',
    'a command that was executed twice',
    (_told) => undefined,
    (story) => {
      story.append(counting('counter/a', 2, { key: 'a-1' }));
    },
  ],
  [
    'doubled',
    'a version in a log',
    (told) => logOf(told).push({ ...logOf(told)[1], id: 'x' } as never),
  ],
  [
    'doubled',
    'an event in the journal',
    ({ state }) => state.journal.push({ ...state.journal[1], position: 99 } as never),
  ],
  [
    'doubled',
    'an event in an answer of the feed',
    (told) => {
      const { events } = answerOf(told, 'follow');
      Object(events).push(Object(events)[2]);
    },
  ],
  [
    'doubled',
    'an event that a saga reacted to',
    (told) => {
      const stream = 'fulfilment/o-1';
      const data = { source: 'order/o-1', version: 1 };
      told.state.logs[stream] = logOf(told)
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
  ['reordered', 'the feed', (told) => Object(answerOf(told, 'follow').events).reverse()],
  ['reordered', 'a page of a stream', (told) => Object(answerOf(told, 'events').events).reverse()],
  ['gap', 'a version that is missing', (told) => logOf(told).splice(2, 1)],
  ['gap', 'a version that the journal lacks', ({ state }) => state.journal.splice(0, 1)],
  [
    'gap',
    'a version that a follower lacks',
    (told) => Object(answerOf(told, 'follow').events).shift(),
  ],
  ['changed', 'an event after it was answered', (told) => changeData(logOf(told)[1])],
  [
    'changed',
    'an event of the feed',
    (told) => changeData(Object(answerOf(told, 'follow').events)[0]),
  ],
  [
    'changed',
    'an event of a page',
    (told) => changeData(Object(answerOf(told, 'events').events)[0]),
  ],
  ['changed', 'an event of the journal', ({ state }) => changeData(state.journal[0])],
  [
    'contradicted',
    'one key, two answers',
    nothing,
    (story) => {
      const again = counting('counter/a', 2, { key: 'a-1' });
      story.tell('ann', again, { version: 7, events: [] });
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
      story.tell('eve', { kind: 'events', stream: 'counter/a', after: 1 }, { events: [] });
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
    (told) => Object.assign(answerOf(told, 'state'), { version: 1 }),
  ],
  ['torn', 'a row that never was', (told) => changeRow(Object(answerOf(told, 'rows').rows))],
  [
    'misfolded',
    'a state that was read',
    (told) => Object.assign(answerOf(told, 'state'), { state: 1 }),
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

test('Z3 whichever event is taken from a log, it is missed', () => {
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
    const found = spoilt((told) => {
      const log = logOf(told);
      log.splice(index, 2, ...log.slice(index, index + 2).reverse());
      renumber(told);
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
function refuseFirst({ lines }: Told): void {
  lines[1] = { process: 'ann', id: 1, atMs: 1, type: 'fail', answer: { outcome: 'rejected' } };
}

/** Bob's and Ann's commands on one stream are each answered with the other's place. */
function swapAnswers(told: Told): void {
  const [first, second, third] = [0, 1, 2].map((number) => answerOf(told, 'command', number));
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
  story.tell('eve', { kind: 'state', stream: 'counter/a' }, { version: 2, state: {} });
}

function readOldRows(story: Story, process: string, ...tokens: string[]): void {
  const rows = [
    { counter: 'a', total: 3 },
    { counter: 'b', total: 7 },
  ];
  story.tell(process, { kind: 'rows', projection: 'counts', tokens }, { rows });
}

function readNoRows(story: Story): void {
  const wanted = { kind: 'rows' as const, projection: 'counts', key: 'a', tokens: ['counter/a@1'] };
  story.tell('eve', wanted, { rows: [] });
}
