/** An action as the runtime handles it: what an app does outside of itself when an event is recorded. */
import type { RecordedEvent } from '../aggregate/event.ts';
import type { HandledEvents } from '../aggregate/handled-events.ts';
import type { FailedEnd } from '../process/effect.ts';
import type { Reaction } from '../process/reactor.ts';
import type { SentCommands } from '../process/sent-commands.ts';
import type { Sealed } from '../sealed/sealed.ts';
import type { Json } from '../values/json.ts';

type FetchInit = typeof globalThis extends { fetch: (input: never, init?: infer Init) => unknown }
  ? NonNullable<Init>
  : { readonly signal: object };

/** The platform's `AbortSignal`, as the types of the app's own platform declare it for `fetch`. */
type AttemptSignal = FetchInit extends { signal?: infer Signal } ? NonNullable<Signal> : object;

/** What a handler is called with beside its event. */
export interface ActionCall<Env = Readonly<Record<string, unknown>>> {
  /** The Worker's bindings, variables and secrets. */
  readonly env: Env;
  /**
   * The same at every attempt for the same event, and at no call for another event. 22 characters that say nothing of the
   * stream. For the header `Idempotency-Key`, or what the other system has in its place.
   */
  readonly idempotencyKey: string;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Aborts when the attempt has taken `timeoutMs`. */
  readonly signal: AttemptSignal;
  /**
   * The plain value of a personal field, for this attempt: `await open(data.email)`. Null once its subject is forgotten. It rejects
   * in an action that does not declare `opens`.
   */
  readonly open: <Plain>(value: Sealed<Plain>) => Promise<Plain | null>;
}

/** How often a handler is called for one event. */
export interface ActionRetryPolicy {
  /** In all. */
  readonly attempts: number;
  /** No attempt begins later than this after the first. */
  readonly forMs: number;
}

/** Another attempt is wanted. Made by `retry`. */
export interface WantedRetry {
  readonly action: 'retry';
  /** Left out: by the backoff. */
  readonly afterMs?: number;
}

/** Nothing follows. Made by `done`. */
export interface ActionDone {
  readonly action: 'done';
}

/** What a handler may return. */
export type ActionResult = Reaction | readonly Reaction[] | WantedRetry | ActionDone | FailedEnd;

/** A command as it is kept until it is sent. */
export interface KeptCommand extends Pick<Reaction, 'aggregate' | 'id' | 'command'> {
  readonly data: Json;
}

/** The same as the runtime reads it. */
export type ActionAnswer =
  | { readonly answer: 'commands'; readonly commands: readonly KeptCommand[] }
  | { readonly answer: 'retry'; readonly afterMs?: number }
  | { readonly answer: 'failed'; readonly reason: string };

/** A call to another system, as the runtime handles it. Made by `defineAction`. */
export interface Action {
  readonly kind: 'action';
  readonly name: string;
  readonly sources: readonly string[];
  readonly handles: HandledEvents;
  /** What it declares to send; left out: nothing is known. */
  readonly sends?: SentCommands;
  /** Whether its handlers may open personal fields. */
  readonly opens: boolean;
  readonly retry: ActionRetryPolicy;
  readonly timeoutMs: number;
  actsOn(event: Pick<RecordedEvent, 'aggregate' | 'type'>): boolean;
  /** Rejects with what the handler throws, with TypeError for a value that is no answer, with TooManyHops. */
  act(event: RecordedEvent, call: ActionCall): Promise<ActionAnswer>;
  /** The commands that follow from a failure; undefined: an operator decides. @throws what its function throws */
  failed(event: RecordedEvent, reason: string): readonly KeptCommand[] | undefined;
}
