/**
 * The state machine of the socket that a client's live queries share, as a table of states and events. Pure;
 * `connection.ts` executes its effects. A state has at most one timer, which starts when the state is entered.
 */

/**
 * Without a socket, because no live query is open: `idle`: nothing is known of the server. `reached`, `unreached`: the
 * server answered the last request, or did not. `refused`: it finally refused the socket or the last request.
 *
 * With a live query: `connecting`; `subscribing`: the socket is open and the server has sent nothing yet; `open`;
 * `probing`: a regular ping was sent; `doubted`: a ping was sent because the connection may be lost; `lingering`: no
 * live query is open any more, but one may follow soon; `waiting`: until the next attempt.
 *
 * `closed`: final.
 */
export const states = [
  'idle',
  'reached',
  'unreached',
  'refused',
  'connecting',
  'subscribing',
  'open',
  'probing',
  'doubted',
  'lingering',
  'waiting',
  'closed',
] as const;

/**
 * `online`, `offline`: the host reports that the network is back, or lost. `timeout`: of the state's timer.
 * `answered`, `unanswered`, `denied`: the result of a request. `refused`: the server finally closed the socket.
 */
export const events = [
  'wanted',
  'unwanted',
  'opened',
  'received',
  'lost',
  'refused',
  'timeout',
  'online',
  'offline',
  'answered',
  'unanswered',
  'denied',
  'closed',
] as const;

export type State = (typeof states)[number];
export type Event = (typeof events)[number];

/**
 * `resubscribe`: send every subscription. `disconnect`: ignore further events of the socket. `wake`: the server is back, so
 * that waiting retries start now.
 */
export type ConnectionEffect = 'connect' | 'disconnect' | 'resubscribe' | 'ping' | 'wake';

/** Enters a state, possibly the same one again, and restarts its timer. */
type StateEntry = readonly [State, ...ConnectionEffect[]];

const stay = 'stay';
const connect: StateEntry = ['connecting', 'connect'];
const giveUp: StateEntry = ['waiting', 'disconnect'];
const doubt: StateEntry = ['doubted', 'ping'];

/** Without a socket, requests show whether the server can be reached. */
const withoutSocket = {
  wanted: connect,
  unwanted: stay,
  opened: stay,
  received: stay,
  lost: stay,
  refused: stay,
  timeout: stay,
  online: stay,
  offline: stay,
  answered: ['reached'],
  unanswered: ['unreached'],
  denied: ['refused'],
  closed: ['closed'],
} as const;

/** With a socket, or while connecting, the results of requests are ignored. */
const withSocket = {
  wanted: stay,
  unwanted: ['lingering'],
  opened: stay,
  received: stay,
  lost: ['waiting'],
  refused: ['refused', 'disconnect'],
  timeout: giveUp,
  online: stay,
  offline: stay,
  answered: stay,
  unanswered: stay,
  denied: stay,
  closed: ['closed', 'disconnect'],
} as const;

const table: Readonly<Record<State, Readonly<Record<Event, StateEntry | typeof stay>>>> = {
  idle: withoutSocket,
  reached: withoutSocket,
  unreached: { ...withoutSocket, answered: ['reached', 'wake'] },
  refused: { ...withoutSocket, unanswered: stay },
  connecting: {
    ...withSocket,
    unwanted: ['idle', 'disconnect'],
    opened: ['subscribing', 'resubscribe'],
  },
  subscribing: { ...withSocket, received: ['open', 'wake'], timeout: doubt, offline: doubt },
  open: { ...withSocket, timeout: ['probing', 'ping'], online: doubt, offline: doubt },
  probing: { ...withSocket, received: ['open'], online: doubt, offline: doubt },
  doubted: { ...withSocket, received: ['open', 'wake'], online: doubt },
  lingering: {
    ...withSocket,
    wanted: ['probing', 'ping'],
    unwanted: stay,
    lost: ['unreached'],
    timeout: ['reached', 'disconnect'],
  },
  waiting: {
    ...withSocket,
    unwanted: ['unreached'],
    lost: stay,
    refused: ['refused'],
    timeout: connect,
    online: connect,
    closed: ['closed'],
  },
  closed: {
    ...withoutSocket,
    wanted: stay,
    answered: stay,
    unanswered: stay,
    denied: stay,
    closed: stay,
  },
};

export interface ConnectionLife {
  readonly state: State;
  /**
   * The number of consecutive failures. Only a frame of the server resets it, because an opened socket may be closed at
   * once.
   */
  readonly failures: number;
}

export interface StateChange {
  readonly life: ConnectionLife;
  /** Whether a state was entered. */
  readonly isEntered: boolean;
  readonly effects: readonly ConnectionEffect[];
}

export const atFirst: ConnectionLife = { state: 'idle', failures: 0 };

export function transition(life: ConnectionLife, event: Event): StateChange {
  const failures = event === 'received' ? 0 : life.failures;
  const step = table[life.state][event];
  if (step === stay) return { life: { ...life, failures }, isEntered: false, effects: [] };
  const [state, ...effects] = step;
  const isFailure = state === 'waiting';
  return {
    life: { state, failures: isFailure ? failures + 1 : failures },
    isEntered: true,
    effects,
  };
}

/** Whether frames can be sent now. */
export function isOpen(state: State): boolean {
  return ['subscribing', 'open', 'probing', 'doubted', 'lingering'].includes(state);
}

/** Our values: a silently lost server is detected within 14 seconds. Pings neither wake the object nor are billed. */
const timersMs: { readonly [Timed in State]?: number } = {
  connecting: 10_000,
  subscribing: 10_000,
  open: 10_000,
  probing: 4_000,
  doubted: 4_000,
  lingering: 2_000,
};

/** The maximum duration of a state; undefined if only an event ends it. */
export function timerMs(
  { state, failures }: ConnectionLife,
  backoffMs: (failures: number) => number,
) {
  return state === 'waiting' ? backoffMs(failures) : timersMs[state];
}
