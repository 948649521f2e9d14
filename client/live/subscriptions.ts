/** Many live queries over one socket: who wants what, and who is told what comes. */
import { applyChange, type LiveRow } from '../../core/live-difference.ts';
import type { ClientFrame, ServerFrame, SubscribeFrame } from '../../core/live-protocol.ts';
import type { Host } from '../host.ts';
import { type LedgeProblem, problemFrom } from '../problem.ts';
import { Connection } from './connection.ts';

/** A query, its input as it is written in an address; or one row of a projection, by the parts of its key. */
export type Wanted = Pick<SubscribeFrame, 'query' | 'input' | 'key'>;

/** Whom a subscription tells. */
export interface Follower {
  readonly rows: (rows: readonly LiveRow[]) => void;
  readonly consistent: (token: string) => void;
  /** The rows will never be known to include the token. */
  readonly refused: (token: string, problem: LedgeProblem) => void;
  /** What goes wrong, and may go well in a moment: then there are rows again, if only the same. */
  readonly problem: (problem: LedgeProblem) => void;
  /** Nothing more comes: it can never be answered, or the client was closed. */
  readonly ended: (problem?: LedgeProblem) => void;
}

interface Subscription {
  readonly id: string;
  readonly wanted: Wanted;
  readonly follower: Follower;
  rows: readonly LiveRow[];
  /** Of these rows; undefined before the first ones. */
  seq: string | undefined;
  /** Not yet among the rows, as far as is known; the latest last. */
  readonly tokens: Set<string>;
  /** Those of them that the server was asked about last. */
  asked: readonly string[];
  isTroubled: boolean;
}

export interface Followed {
  /** Asks to be told when the rows include these. */
  include(tokens: readonly string[]): void;
  end(): void;
}

export interface Subscriptions {
  follow(wanted: Wanted, tokens: readonly string[], follower: Follower): Followed;
  close(): void;
}

/** What a server takes with one frame. */
const TOKENS_MAX = 20;

/** After these a subscription goes on by itself, once they have passed. */
const PASSING = ['unavailable', 'too-large'];

/** Before a token that was refused for now is asked about again. */
const AGAIN_MS = 1_000;

export function subscriptionsOver(host: Host, url: string): Subscriptions {
  const subscriptions = new Map<string, Subscription>();
  const connection = new Connection(host, url, {
    greet: () => {
      for (const subscription of subscriptions.values()) subscribe(subscription);
    },
    // What the server sends is what its schemas say.
    receive: (frame) => receive(frame as ServerFrame),
  });
  let ids = 0;
  let isClosed = false;

  function follow(wanted: Wanted, tokens: readonly string[], follower: Follower): Followed {
    const id = (++ids).toString(36);
    const subscription: Subscription = {
      id,
      wanted,
      follower,
      rows: [],
      seq: undefined,
      tokens: new Set(tokens),
      asked: [],
      isTroubled: false,
    };
    subscriptions.set(id, subscription);
    if (connection.isOpen) subscribe(subscription);
    connection.dispatch('wanted');
    if (isClosed) end(subscription);
    return {
      include: (more) => {
        for (const token of more) subscription.tokens.add(token);
        if (connection.isOpen && subscriptions.has(id)) subscribe(subscription);
      },
      end: () => {
        if (!subscriptions.has(id)) return;
        say({ type: 'unsubscribe', id });
        forget(id);
      },
    };
  }

  function forget(id: string): void {
    subscriptions.delete(id);
    if (subscriptions.size === 0) connection.dispatch('unwanted');
  }

  /** For the first time, or again: the same id takes its own place, and `since` spares what is known. */
  function subscribe(subscription: Subscription): void {
    const { id, wanted, seq, tokens } = subscription;
    const consistentWith = [...tokens].slice(-TOKENS_MAX);
    subscription.asked = consistentWith;
    say({
      type: 'subscribe',
      id,
      ...wanted,
      ...(seq !== undefined && { since: seq }),
      ...(consistentWith.length > 0 && { consistentWith }),
    });
  }

  function say(frame: ClientFrame): void {
    if (connection.isOpen) connection.send(frame);
  }

  function receive(frame: ServerFrame): void {
    const subscription = subscriptions.get(frame.id ?? '');
    if (!subscription) return;
    switch (frame.type) {
      case 'snapshot':
        show(subscription, frame.rows, frame.seq);
        break;
      case 'change':
        show(subscription, applyChange(subscription.rows, frame), frame.seq);
        break;
      case 'current':
        subscription.seq = frame.seq;
        if (subscription.isTroubled) show(subscription, subscription.rows, frame.seq);
        break;
      case 'consistent':
        consistent(subscription, frame.token);
        break;
      case 'error':
        fail(subscription, problemFrom(frame.problem), frame.token);
    }
  }

  function show(subscription: Subscription, rows: readonly LiveRow[], seq: string): void {
    Object.assign(subscription, { rows, seq, isTroubled: false });
    subscription.follower.rows(rows);
  }

  function consistent(subscription: Subscription, token: string): void {
    subscription.follower.consistent(token);
    done(subscription, token);
  }

  function done(subscription: Subscription, token: string): void {
    const { tokens, asked } = subscription;
    tokens.delete(token);
    if (tokens.size > 0 && !asked.some((name) => tokens.has(name))) subscribe(subscription);
  }

  function fail(subscription: Subscription, problem?: LedgeProblem, token?: string): void {
    if (!problem) return;
    const isPassing = PASSING.includes(problem.problem.kind);
    if (token !== undefined) {
      if (isPassing) setTimeout(() => again(subscription), AGAIN_MS * (1 + host.dice()));
      else refuse(subscription, token, problem);
      return;
    }
    if (!isPassing) {
      end(subscription, problem);
      return;
    }
    subscription.isTroubled = true;
    subscription.follower.problem(problem);
  }

  function refuse(subscription: Subscription, token: string, problem: LedgeProblem): void {
    subscription.follower.refused(token, problem);
    done(subscription, token);
  }

  function end({ id, follower }: Subscription, problem?: LedgeProblem): void {
    forget(id);
    follower.ended(problem);
  }

  function close(): void {
    isClosed = true;
    for (const subscription of subscriptions.values()) end(subscription);
    connection.close();
  }

  function again(subscription: Subscription): void {
    const isStillWanted = subscriptions.get(subscription.id) === subscription;
    if (isStillWanted && connection.isOpen) subscribe(subscription);
  }

  return { follow, close };
}
