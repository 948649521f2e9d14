import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { storedEvent } from '../../test/controls/stored-events.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event, readEvent } from '../aggregate/event.ts';
import { givenSaga } from '../testing/index.ts';
import { getEntry } from '../values/persistent-map.ts';
import { cancelTimeout, complete, fail, proceed, send, startTimeout } from './effect.ts';
import { command } from './reactor.ts';
import { defineSaga } from './saga.ts';
import { defineSteps } from './saga-steps.ts';

const note = event(z.strictObject({ text: z.string() }));
const notes = { name: 'notes', events: { Noted: note, Ended: note } } as const;
const rest = {
  commands: { Note: z.strictObject({ text: z.string() }) },
  initialState: () => ({}),
  evolve: { Noted: (state: object) => state, Ended: (state: object) => state },
  decide: { Note: () => accept() },
};
const book = defineAggregate({ ...notes, ...rest, name: 'book' });
const diary = defineAggregate({ ...notes, ...rest, name: 'diary' });

const noted = (text: string) =>
  ({ aggregate: diary, id: 'd-1', type: 'Noted', data: { text } }) as const;
const started = { aggregate: book, id: 'b-1', type: 'Noted', data: { text: 'start' } } as const;
const ended = { aggregate: book, id: 'b-1', type: 'Ended', data: { text: 'end' } } as const;

/** Collects a diary's notes for a book, and does what the notes say. */
function collecting(version: number, mark: string, previous?: ReturnType<typeof defineSaga>) {
  return defineSaga({
    name: 'collecting',
    version,
    ...(previous && { previous }),
    from: [book, diary],
    initialState: (): { texts: readonly string[] } => ({ texts: [] }),
    correlate: {
      book: { Noted: () => 'c-1', Ended: () => 'c-1' },
      diary: {
        Noted: ({ data }) => (data.text === 'both' ? ['c-1', 'c-2'] : 'c-1'),
        Ended: () => 'c-1',
      },
    },
    startedBy: { book: { Noted: (_event, state) => proceed(state, startTimeout('idle', 1_000)) } },
    on: {
      book: { Ended: (_event, state) => proceed(state, complete()) },
      diary: {
        Noted: ({ data: { text } }, { texts }) => {
          const next = { texts: [...texts, mark + text] };
          if (text === 'send')
            return proceed(next, send('s', command(book, 'b-1', 'Note', { text })));
          if (text === 'calm') return proceed(next, cancelTimeout('idle'));
          return proceed(next);
        },
      },
    },
    timeouts: { idle: (state) => proceed(state, fail('idle')) },
  });
}

const saga = collecting(1, '');
const begun = givenSaga(saga, 'c-1').whenEvent(started);

test('71 events before the start are kept, and handled after it in order', () => {
  const early = givenSaga(saga, 'c-1').whenEvent(noted('a')).thenStatus('waiting');
  const late = early.whenEvent(noted('b')).thenRecords(1).whenEvent(started).thenRecords(3);
  expect(late.instance).toMatchObject({ state: { texts: ['a', 'b'] }, kept: [] });
  late.whenEvent({ ...noted('b'), version: 2 }).thenRecords(0);
});

test('an event of a stream that could have started it is not kept, because the start would have come before', () => {
  givenSaga(saga, 'c-1').whenEvent(ended).thenRecords(0);
});

test('an event without a handler is not kept, and changes nothing', () => {
  const unknown = { aggregate: diary, id: 'd-1', type: 'Ended', data: { text: '' } } as const;
  givenSaga(saga, 'c-1').whenEvent(unknown).thenRecords(0);
  begun.whenEvent(unknown).thenRecords(0);
  begun.whenEvent({ ...started, version: 2 }).thenRecords(0);
});

describe('the routing and dispatching of a saga', () => {
  const [routing, dispatch] = saga.reactors;
  const plain = { kind: 'reactor', startsAt: 'now' };

  test('goes by two reactors, of which the one that sends never gives up', () => {
    const { react: _react, ...rest } = { ...routing };
    const handles = { book: ['Noted', 'Ended'], diary: ['Noted', 'Ended'] };
    const sources = ['book', 'diary'];
    expect(rest).toEqual({ ...plain, name: 'collecting.routing', sources, handles });
    const { react: _send, ...sent } = { ...dispatch };
    const name = 'collecting.dispatch';
    expect(sent).toMatchObject({ ...plain, name, sources: ['collecting'], keepsTrying: true });
    expect(sent.handles?.collecting).toContain('EffectSettled');
  });

  test('are the events that concern it, whole', () => {
    const event = readEvent(
      diary.events,
      storedEvent({ ...noted('a'), stream: 'diary/d-1', version: 1 }),
    );
    const receive = { aggregate: 'collecting', id: 'c-1', command: 'Receive', data: { event } };
    expect(routing?.react(event)).toEqual([receive]);
    for (const type of ['Torn', 'constructor']) {
      expect(routing?.react({ ...event, type })).toEqual([]);
    }
  });

  test('are its commands, each with its saga', () => {
    const sending = begun.whenEvent(noted('send'));
    const { instance } = sending;
    const sent = { ...getEntry(instance.open, 's'), effect: 'send', id: 's' };
    const moved = (effects: unknown) =>
      ({ stream: 'collecting/c-1', metadata: {}, data: { transition: { effects } } }) as never;
    const start = { effect: 'start-timeout', name: 'idle', at: '' };
    const effectAttempt = { saga: 'collecting', id: 'c-1', effect: 's', attempt: 1 };
    const reaction = { ...command(book, 'b-1', 'Note', { text: 'send' }), effectAttempt };
    expect(dispatch?.react(moved([start, sent]))).toEqual([reaction]);
    expect(dispatch?.react({ ...Object(moved([])), data: {} })).toEqual([]);
  });
});

test('an event may be for several sagas, and one for others is none of its business', () => {
  const routed = saga.reactors[0]?.react({
    ...noted('both'),
    aggregate: 'diary',
    aggregateId: 'd-1',
    metadata: {},
  } as never);
  expect(routed?.map(({ id }) => id)).toEqual(['c-1', 'c-2']);
});

describe('a timeout', () => {
  test('that passes is a reaction like any other', () => {
    begun
      .thenTimers('timeout/idle')
      .whenTimePasses(1_000)
      .thenStatus('failed', 'idle')
      .thenTimers();
  });

  test('that is cancelled never fires, and neither does one that its saga outlived', () => {
    begun.whenEvent(noted('calm')).thenTimers().whenTimePasses(5_000).thenRecords(0);
    begun.whenEvent(ended).thenStatus('completed').thenTimers();
  });
});

test('69 a timer that fires though its timeout is over decides nothing', () => {
  const { decide } = saga.aggregate;
  const passing = (instance: typeof begun.instance) =>
    decide.Timeout({ name: 'idle' }, instance, { now: '2026-01-01T00:00:00.000Z' } as never);
  expect(passing(begun.instance).events).toHaveLength(1);
  expect(passing(begun.whenEvent(noted('calm')).instance).events).toEqual([]);
});

test('an unhandled rejection needs attention', () => {
  begun
    .whenEvent(noted('send'))
    .thenSends({ s: command(book, 'b-1', 'Note', { text: 'send' }) })
    .whenSettled('s', 'no')
    .thenStatus('attention')
    .whenOperator('Cancel', { reason: 'x' })
    .thenRefused('cannot-be-cancelled');
});

test('the same effect sent again is another attempt, and never while the first is open', () => {
  const sending = begun.whenEvent(noted('send'));
  expect(() => sending.whenEvent(noted('send'))).toThrow('before it is settled');
  const again = sending.whenSettled('s').whenEvent(noted('send'));
  expect(getEntry(again.instance.open, 's')).toMatchObject({ attempt: 2 });
});

describe('76 a new version of the definition', () => {
  const newer = collecting(2, 'new ', saga);
  const logicsOf = (version: number) => givenSaga(version === 1 ? saga : newer, 'c-1');

  test('is used by new instances; running ones continue with theirs', () => {
    const old = begun.whenEvent(noted('a')).instance;
    expect(old).toMatchObject({ definition: 1, state: { texts: ['a'] } });
    const { aggregate } = newer;
    const receivedLater = { ...noted('b'), stream: 'diary/d-1', version: 9, aggregateId: 'd-1' };
    const decision = aggregate.decide.Receive(
      { event: { ...receivedLater, aggregate: 'diary' } as never },
      old,
      { now: '2026-01-01T00:00:00.000Z' } as never,
    );
    const texts = { splice: { at: 1, removed: 0, added: ['b'] } };
    expect(decision).toMatchObject({
      events: [{ data: { transition: { definition: 1, state: { changed: { texts } } } } }],
    });
    const fresh = logicsOf(2).whenEvent(started).whenEvent(noted('a'));
    expect(fresh.instance).toMatchObject({ definition: 2, state: { texts: ['new a'] } });
  });

  test('without the previous one names what is missing', () => {
    const { aggregate } = collecting(2, 'new ');
    const received = { ...noted('b'), stream: 'diary/d-1', version: 9, aggregate: 'diary' };
    expect(() =>
      aggregate.decide.Receive({ event: received as never }, begun.instance, { now: '' } as never),
    ).toThrow('goes by definition 1, which is gone');
  });
});

describe('D15 a handler of an event that correlate does not name', () => {
  const parts = {
    name: 'lost',
    version: 1,
    from: [book, diary],
    initialState: () => ({}),
    correlate: { book: { Noted: () => 'l-1' } },
  } as const;
  const never = (event: string) =>
    `lost waits for ${event}, which its correlate does not name: it would never come.`;

  test('is refused in startedBy and in on', () => {
    const go = () => proceed({});
    expect(() =>
      // @ts-expect-error: the compiler says so too
      defineSaga({ ...parts, startedBy: { diary: { Noted: go } } }),
    ).toThrow(never('Noted of diary'));
    expect(() =>
      // @ts-expect-error: the compiler says so too
      defineSaga({ ...parts, startedBy: {}, on: { book: { Ended: go } } }),
    ).toThrow(never('Ended of book'));
    expect(() => defineSaga({ ...parts, startedBy: { book: { Noted: go } } })).not.toThrow();
  });

  test('is refused in a step’s endsOn and in cancelledBy', () => {
    const startedBy = { book: { Noted: () => ({}) } };
    const step = { name: 'one', commands: () => [] };
    expect(() =>
      defineSteps({
        ...parts,
        startedBy,
        // @ts-expect-error: the compiler says so too
        steps: [{ ...step, endsOn: { book: { Ended: 'done' } } }],
      }),
    ).toThrow(never('Ended of book'));
    expect(() =>
      defineSteps({
        ...parts,
        startedBy,
        steps: [step],
        // @ts-expect-error: the compiler says so too
        cancelledBy: { diary: { Ended: () => '' } },
      }),
    ).toThrow(never('Ended of diary'));
  });
});
