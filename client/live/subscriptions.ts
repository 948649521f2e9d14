/** Many live queries over one socket: registers subscriptions, and dispatches the server's frames to them. */
import { applyChange, type LiveRow } from '../../core/live/live-difference.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import { guarded } from '../guarded.ts';
import type { Host } from '../host.ts';
import { type LedgeProblem, problemFrom } from '../problem.ts';
import { Connection, type SocketAddress } from './connection.ts';
import { UnansweredSubscriptions } from './sending.ts';
import {
  frameOf,
  type QueryAddress,
  type Subscription,
  type SubscriptionListener,
  tooLongFor,
} from './subscription.ts';

export interface SubscriptionHandle {
  /** Requests a confirmation when the rows include these tokens. */
  include(tokens: readonly string[]): void;
  end(): void;
}

export interface Subscriptions {
  readonly connection: Connection;
  follow(
    wanted: QueryAddress,
    tokens: readonly string[],
    follower: SubscriptionListener,
  ): SubscriptionHandle;
  close(): void;
}

/** For a query that is known to have no rows. */
export function followNothing(follower: SubscriptionListener): SubscriptionHandle {
  let isOver = false;
  queueMicrotask(() => {
    if (!isOver) follower.rows([]);
  });
  return {
    include: (tokens) => tokens.forEach(follower.consistent),
    end: () => {
      isOver = true;
    },
  };
}

/** Problems after which the server continues the subscription. */
const PASSING = ['unavailable', 'too-large'];

/** The delay before a temporarily refused token is requested again. */
const AGAIN_MS = 1_000;

/** Codes from here on are the application's; their last three digits are an HTTP status. */
const APPLICATION_CODES = 4_000;

/** `wake` is called when the server is back. */
export function subscriptionsOver(
  host: Host,
  address: SocketAddress,
  wake: () => void,
): Subscriptions {
  const subscriptions = new Map<string, Subscription>();
  const sending = new UnansweredSubscriptions((id) => {
    const subscription = subscriptions.get(id);
    if (subscription) connection.send(frameOf(subscription));
  });
  const connection = new Connection(host, address, {
    resubscribe: () => sending.begin(subscriptions.keys()),
    // The server's frames match its schemas.
    receive: guarded((text: string) => receive(JSON.parse(text) as ServerFrame)),
    wake,
    closedFor,
    refused: endAll,
  });
  const closing = new AbortController();
  let ids = 0;

  function follow(
    wanted: QueryAddress,
    tokens: readonly string[],
    follower: SubscriptionListener,
  ): SubscriptionHandle {
    const id = (++ids).toString(36);
    const subscription: Subscription = {
      id,
      wanted,
      follower,
      rows: [],
      seq: undefined,
      tokens: new Set(tokens),
      asked: [],
      asksAgain: false,
      isTroubled: false,
    };
    begin(subscription);
    return {
      include: (more) => {
        for (const token of more) subscription.tokens.add(token);
        subscribe(subscription);
      },
      end: () => {
        if (!subscriptions.has(id)) return;
        if (connection.isOpen) connection.send(JSON.stringify({ type: 'unsubscribe', id }));
        forget(id);
      },
    };
  }

  function begin(subscription: Subscription): void {
    const problem = tooLongFor(subscription.wanted);
    if (problem || closing.signal.aborted) {
      // In a microtask, so that the caller already has the live query.
      queueMicrotask(() => subscription.follower.ended(problem));
      return;
    }
    subscriptions.set(subscription.id, subscription);
    subscribe(subscription);
    connection.dispatch('wanted');
  }

  function forget(id: string): void {
    subscriptions.delete(id);
    sending.done(id);
    if (subscriptions.size === 0) connection.dispatch('unwanted');
  }

  /** Without a socket, the next socket sends it first. */
  function subscribe({ id }: Subscription): void {
    if (connection.isOpen && subscriptions.has(id)) sending.add(id);
  }

  function receive(frame: ServerFrame): void {
    const subscription = subscriptions.get(frame.id ?? '');
    if (!subscription) return;
    sending.done(subscription.id);
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
      if (isPassing) void again(subscription);
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

  /** Once for all tokens that are refused meanwhile, because each frame contains all of them. */
  async function again(subscription: Subscription): Promise<void> {
    if (subscription.asksAgain) return;
    subscription.asksAgain = true;
    await host.sleep(AGAIN_MS * (1 + host.random()), closing.signal).catch(() => undefined);
    subscription.asksAgain = false;
    subscribe(subscription);
  }

  /** The query that is the reason ends; the others continue over the next socket. */
  function closedFor(problem: LedgeProblem, code: number): 'lost' | 'refused' {
    const [first, ...others] = sending.unanswered.flatMap((id) => subscriptions.get(id) ?? []);
    if (others.length > 0) {
      sending.oneByOne();
      return 'lost';
    }
    if (!first && code < APPLICATION_CODES) return 'lost';
    const ended = first ? [first] : [...subscriptions.values()];
    // In a microtask, so that calls of the app see the final state of the connection.
    queueMicrotask(() => {
      for (const subscription of ended) end(subscription, problem);
    });
    return ended.length < subscriptions.size ? 'lost' : 'refused';
  }

  function endAll(problem?: LedgeProblem): void {
    for (const subscription of [...subscriptions.values()]) end(subscription, problem);
  }

  function end({ id, follower }: Subscription, problem?: LedgeProblem): void {
    if (!subscriptions.has(id)) return;
    forget(id);
    follower.ended(problem);
  }

  function close(): void {
    closing.abort();
    endAll();
    connection.close();
  }

  return { connection, follow, close };
}
