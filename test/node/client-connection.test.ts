/** The state machine of the client's socket, against a small model: a socket, a timer, live queries. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atFirst,
  type ConnectionEffect,
  type ConnectionLife,
  type Event,
  events,
  isOpen,
  type State,
  states,
  timerMs,
  transition,
} from '../../client/live/connection-state.ts';
import { statusOf } from '../../client/live/connection-status.ts';

interface World {
  readonly life: ConnectionLife;
  readonly socket: 'none' | 'connecting' | 'open';
  readonly isWanted: boolean;
  readonly isClosed: boolean;
}

const beginning: World = { life: atFirst, socket: 'none', isWanted: false, isClosed: false };
const hasTimer = (life: ConnectionLife) => timerMs(life, () => 1) !== undefined;

/** The next event when everything succeeds. */
const lucky = { none: 'timeout', connecting: 'opened', open: 'received' } as const;

/** The possible events: only an existing socket opens, receives or is lost; only a running timer ends. */
function isPossible({ life, socket, isWanted, isClosed }: World, event: Event): boolean {
  switch (event) {
    case 'opened':
      return socket === 'connecting';
    case 'received':
      return socket === 'open';
    case 'lost':
    case 'refused':
      return socket !== 'none';
    case 'answered':
    case 'unanswered':
    case 'denied':
      return true;
    case 'timeout':
      return hasTimer(life);
    case 'unwanted':
      return isWanted;
    case 'wanted':
    case 'online':
    case 'offline':
    case 'closed':
      return !isClosed;
  }
}

function worldAfter(
  world: World,
  event: Event,
): World & { readonly effects: readonly ConnectionEffect[] } {
  const { life, effects } = transition(world.life, event);
  const isGone = event === 'lost' || event === 'refused';
  let socket = isGone ? 'none' : event === 'opened' ? 'open' : world.socket;
  for (const effect of effects) {
    if (effect === 'connect') {
      expect(socket).toBe('none');
      socket = 'connecting';
    } else if (effect === 'disconnect') socket = 'none';
    else if (effect !== 'wake') expect(socket).toBe('open');
  }
  return {
    life,
    socket,
    // A refusal ends every live query.
    isWanted: event === 'wanted' || (event !== 'unwanted' && event !== 'refused' && world.isWanted),
    isClosed: event === 'closed' || world.isClosed,
    effects,
  };
}

const happening = fc.oneof(
  { weight: 50, arbitrary: fc.constantFrom(...events.filter((event) => event !== 'closed')) },
  { weight: 50, arbitrary: fc.constantFrom<Event>('wanted', 'timeout', 'opened', 'received') },
  { weight: 1, arbitrary: fc.constant<Event>('closed') },
);
const history = fc.array(happening, { maxLength: 60 });

function eachWorld(check: (world: World, event: Event, before: World) => void): void {
  fc.assert(
    fc.property(history, (happenings) => {
      let world = beginning;
      for (const event of happenings) {
        if (!isPossible(world, event)) continue;
        const before = world;
        world = worldAfter(world, event);
        check(world, event, before);
      }
    }),
    { numRuns: 2_000 },
  );
}

describe('U8 after any events a client has one socket while there is a live query, and none for long otherwise', () => {
  test('there is a socket exactly in the states that have one', () => {
    const withSocket: readonly State[] = [
      'connecting',
      'subscribing',
      'open',
      'probing',
      'doubted',
      'lingering',
    ];
    eachWorld(({ life, socket }) => {
      expect(socket !== 'none').toBe(withSocket.includes(life.state));
      expect(socket === 'open').toBe(isOpen(life.state));
    });
  });

  test('with a live query there is always a socket or a timer, in any state of the network', () => {
    eachWorld((world) => {
      if (!world.isWanted || world.isClosed) return;
      expect(world.socket !== 'none' || hasTimer(world.life)).toBe(true);
      // From here on everything goes well: timers end, sockets open, the server speaks.
      let better = world;
      for (let luck = 0; luck < 3; luck++) better = worldAfter(better, lucky[better.socket]);
      expect(better.life).toEqual({ state: 'open', failures: 0 });
    });
  });

  test('every socket that opens is sent the subscriptions once', () => {
    eachWorld((world, event, before) => {
      const { effects } = transition(before.life, event);
      const resubscribes = effects.filter((effect) => effect === 'resubscribe').length;
      expect(resubscribes).toBe(event === 'opened' && world.socket === 'open' ? 1 : 0);
    });
  });

  test('without a live query there is no socket once a timer has ended', () => {
    eachWorld((world) => {
      if (world.isWanted || world.isClosed) return;
      const idle = hasTimer(world.life) ? worldAfter(world, 'timeout') : world;
      expect(idle.socket).toBe('none');
      expect(hasTimer(idle.life)).toBe(false);
    });
  });

  test('closed is final', () => {
    eachWorld((world) => {
      if (!world.isClosed) return;
      expect(world).toMatchObject({ life: { state: 'closed' }, socket: 'none' });
      expect(hasTimer(world.life)).toBe(false);
    });
  });

  test('delays grow with each failure until the server has sent a frame; an opened socket is not enough', () => {
    eachWorld(({ life }, event, before) => {
      const failures = before.life.failures;
      if (event === 'received') expect(life.failures).toBe(0);
      else if (life.state === 'waiting' && before.life.state !== 'waiting') {
        expect(life.failures).toBe(failures + 1);
      } else expect(life.failures).toBe(failures);
    });
  });

  test('waiting retries start exactly when an unreachable server answers', () => {
    eachWorld((_, event, before) => {
      const { effects } = transition(before.life, event);
      const isBack =
        (event === 'received' && ['subscribing', 'doubted'].includes(before.life.state)) ||
        (event === 'answered' && before.life.state === 'unreached');
      expect(effects.includes('wake')).toBe(isBack);
    });
  });

  test('every state has been there', () => {
    const seen = new Set<State>();
    eachWorld(({ life }) => seen.add(life.state));
    expect([...seen].sort()).toEqual([...states].sort());
  });
});

describe('U16 the status follows from the socket, and without one from the requests', () => {
  const lifeAfter = (...happenings: readonly Event[]): ConnectionLife =>
    happenings.reduce((life, event) => transition(life, event).life, atFirst);
  const opened = ['wanted', 'opened', 'received'] as const;

  test.each<[string, readonly Event[]]>([
    ['connecting', []],
    ['connecting', ['wanted']],
    ['connecting', ['wanted', 'opened']],
    ['live', opened],
    ['live', [...opened, 'timeout']],
    ['live', [...opened, 'unwanted', 'timeout']],
    ['reconnecting', ['wanted', 'lost']],
    ['reconnecting', ['wanted', 'lost', 'timeout']],
    ['reconnecting', [...opened, 'lost']],
    ['reconnecting', [...opened, 'lost', 'timeout', 'opened']],
    ['live', [...opened, 'lost', 'timeout', 'opened', 'received']],
    ['reconnecting', [...opened, 'timeout', 'timeout']],
    ['refused', [...opened, 'refused']],
    ['connecting', [...opened, 'refused', 'wanted']],
    ['live', ['answered']],
    ['reconnecting', ['answered', 'unanswered']],
    ['live', ['unanswered', 'answered']],
    ['refused', ['denied']],
    ['live', ['denied', 'answered']],
    ['offline', ['closed']],
  ])('%s after %j', (status, happenings) => {
    expect(statusOf(lifeAfter(...happenings), true)).toBe(status);
  });

  test('without a network it is offline, unless a server answers', () => {
    expect(statusOf(lifeAfter(), false)).toBe('offline');
    expect(statusOf(lifeAfter(...opened, 'offline'), false)).toBe('offline');
    expect(statusOf(lifeAfter(...opened, 'lost'), false)).toBe('offline');
    expect(statusOf(lifeAfter(...opened, 'offline', 'received'), false)).toBe('live');
  });

  test('a silently lost server is detected within 14 seconds', () => {
    const waits: (number | undefined)[] = [];
    let life = lifeAfter(...opened);
    while (statusOf(life, true) === 'live') {
      waits.push(timerMs(life, () => 0));
      life = transition(life, 'timeout').life;
    }
    expect(waits.reduce<number>((sum, ms = 0) => sum + ms, 0)).toBe(14_000);
  });
});
