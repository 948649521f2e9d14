/**
 * The life of the one socket that a client's live queries share, as a table: what each event does in each state. Pure;
 * `connection.ts` carries out what it says. A state has at most one timer, which runs from the moment it is entered.
 */

/**
 * `idle`: nobody wants anything. `probing`: the server was asked for a sign of life, and has one of ours by it.
 * `lingering`: nobody wants anything any more, but somebody may in a moment. `waiting`: until the next attempt.
 * `closed`: for good.
 */
export const states = [
  'idle',
  'connecting',
  'open',
  'probing',
  'lingering',
  'waiting',
  'closed',
] as const;

/** `hurried`: the network is said to be back. `timeout`: of the state's timer. */
export const events = [
  'wanted',
  'unwanted',
  'opened',
  'heard',
  'lost',
  'timeout',
  'hurried',
  'closed',
] as const;

export type State = (typeof states)[number];
export type Event = (typeof events)[number];

/** `greet`: tell the server of every subscription. `disconnect`: what the socket still says counts for nothing. */
export type Effect = 'connect' | 'disconnect' | 'greet' | 'ping';

/** Enters a state, the same one again included: its timer begins again. */
type Step = readonly [State, ...Effect[]];

const stay = 'stay';
const close: Step = ['closed', 'disconnect'];

const table: Readonly<Record<State, Readonly<Record<Event, Step | typeof stay>>>> = {
  idle: {
    wanted: ['connecting', 'connect'],
    unwanted: stay,
    opened: stay,
    heard: stay,
    lost: stay,
    timeout: stay,
    hurried: stay,
    closed: ['closed'],
  },
  connecting: {
    wanted: stay,
    unwanted: ['idle', 'disconnect'],
    opened: ['open', 'greet'],
    heard: stay,
    lost: ['waiting'],
    timeout: ['waiting', 'disconnect'],
    hurried: stay,
    closed: close,
  },
  open: {
    wanted: stay,
    unwanted: ['lingering'],
    opened: stay,
    heard: stay,
    lost: ['waiting'],
    timeout: ['probing', 'ping'],
    hurried: ['probing', 'ping'],
    closed: close,
  },
  probing: {
    wanted: stay,
    unwanted: ['lingering'],
    opened: stay,
    heard: ['open'],
    lost: ['waiting'],
    timeout: ['waiting', 'disconnect'],
    hurried: stay,
    closed: close,
  },
  lingering: {
    wanted: ['probing', 'ping'],
    unwanted: stay,
    opened: stay,
    heard: stay,
    lost: ['idle'],
    timeout: ['idle', 'disconnect'],
    hurried: stay,
    closed: close,
  },
  waiting: {
    wanted: stay,
    unwanted: ['idle'],
    opened: stay,
    heard: stay,
    lost: stay,
    timeout: ['connecting', 'connect'],
    hurried: ['connecting', 'connect'],
    closed: ['closed'],
  },
  closed: {
    wanted: stay,
    unwanted: stay,
    opened: stay,
    heard: stay,
    lost: stay,
    timeout: stay,
    hurried: stay,
    closed: stay,
  },
};

export interface Life {
  readonly state: State;
  /** How often in a row it came to nothing. Only a frame of the server makes it 0: who opens may still hang up. */
  readonly failures: number;
}

export interface Turn {
  readonly life: Life;
  /** Whether a state was entered. */
  readonly isEntered: boolean;
  readonly effects: readonly Effect[];
}

export const atFirst: Life = { state: 'idle', failures: 0 };

export function turn(life: Life, event: Event): Turn {
  const { failures } = event === 'heard' ? atFirst : life;
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
  return state === 'open' || state === 'probing' || state === 'lingering';
}

/** Chosen by us. The server answers a ping without being woken. */
const timersMs = { connecting: 10_000, open: 20_000, probing: 5_000, lingering: 2_000 };

/** How long a state lasts at most; undefined when nothing but an event ends it. */
export function timerMs({ state, failures }: Life, backoffMs: (failures: number) => number) {
  if (state === 'waiting') return backoffMs(failures);
  return state === 'idle' || state === 'closed' ? undefined : timersMs[state];
}
