/** The test kit of aggregates: events before, a command, and the events or the rejection that it is answered with. */

import type * as z from 'zod';
import { type Aggregate, evolve, type ReasonOf } from '../aggregate/aggregate.ts';
import {
  type AcceptedCommand,
  decideCommand,
  type RejectedCommand,
} from '../aggregate/decide-command.ts';
import type { Context, Timer } from '../aggregate/decision.ts';
import { type EventOf, upcastData } from '../aggregate/event.ts';
import { isEnd } from '../aggregate/stream-end.ts';
import { toProblem } from '../protocol/problem.ts';
import type { Unsealed } from '../sealed/sealed.ts';
import { deepFrozen } from '../values/frozen.ts';
import type { Json } from '../values/json.ts';
import { parseTime, TIME_RULE, utcText } from '../values/time.ts';
import { countedIds } from './counted-ids.ts';
import { expectSame, fail } from './expect-same.ts';
import {
  overTheWire,
  type PastEvent,
  type StoredFact,
  storedAs,
  TEST_MOMENT,
} from './past-event.ts';
import { readTestInput } from './sealed-for-tests.ts';
import { isGranted, type TestPrincipal } from './test-principal.ts';

/** The events so far. */
export interface History<Tested extends Aggregate> {
  /**
   * Sends a command. Its data is parsed by the command's schema, and the decided events by theirs. Commands can follow
   * one another if all but the last are accepted.
   */
  when<Name extends keyof Tested['commands'] & string>(
    command: Name,
    data: Unsealed<z.input<Tested['commands'][Name]>>,
    context?: Partial<Omit<Context, 'version' | 'newId'>>,
  ): DecisionStory<Tested, ReasonOf<Tested['decide'][Name]>>;
  /** From here on as a principal, by the access rules. Left out: everything is granted. */
  as(principal: TestPrincipal): History<Tested>;
  /** The state that the events lead to. */
  thenState(state: Unsealed<ReturnType<Tested['initialState']>>): History<Tested>;
}

/** The decision on a command. */
export interface DecisionStory<Tested extends Aggregate, Reason extends string>
  extends History<Tested> {
  /** Exactly these events, and exactly these timers. The next command can follow. */
  then(
    events: readonly Unsealed<EventOf<Tested['events']>>[],
    timers?: readonly Timer<keyof Tested['commands'] & string>[],
  ): History<Tested>;
  /** Accepted without events. */
  thenNothing(): History<Tested>;
  /** Refused by the access rules, before it is decided. The next command gets the state before it. */
  thenForbidden(): History<Tested>;
  /** Rejected for this reason and, if given, with these details. The next command gets the state before it. */
  thenRejected(reason: Reason, details?: Json): History<Tested>;
}

/**
 * Begins a test of an aggregate with its past events. States and commands are frozen: a function that mutates its input
 * throws.
 *
 * @throws Error when a schema refuses an event or the command: a mistake in the test or in the domain
 * @example given(account, [{ type: 'Deposited', data: { cents: 500 } }])
 *   .when('Withdraw', { cents: 700 })
 *   .thenRejected('not-enough-money');
 */
export function given<Tested extends Aggregate>(
  aggregate: Tested,
  events: readonly PastEvent<Tested>[] = [],
): History<Tested> {
  const facts = events.map((event) => storedAs(aggregate, event));
  const state = deepFrozen(aggregate.initialState());
  const start = { aggregate, state, version: 0, isEnded: false, newId: countedIds() };
  return history(after(facts, start));
}

/** The state of the test. */
interface Story<Tested extends Aggregate> {
  readonly aggregate: Tested;
  readonly state: unknown;
  readonly version: number;
  readonly isEnded: boolean;
  readonly newId: () => string;
  readonly principal?: TestPrincipal;
}

/** Refused by the access rules. */
interface ForbiddenCommand {
  readonly decision: 'forbidden';
}

type TestDecision = AcceptedCommand | RejectedCommand | ForbiddenCommand;

function after<Tested extends Aggregate>(
  facts: readonly StoredFact[],
  story: Story<Tested>,
): Story<Tested> {
  const { aggregate, version } = story;
  const state = facts.reduce((before, fact) => {
    const data = upcastData(aggregate.events, fact);
    return deepFrozen(evolve(aggregate, before, deepFrozen({ type: fact.type, data })));
  }, story.state);
  const newest = facts.at(-1);
  const isEnded = newest ? isEnd(aggregate, newest.type) : story.isEnded;
  return { ...story, state, version: version + facts.length, isEnded };
}

function history<Tested extends Aggregate>(story: Story<Tested>): History<Tested> {
  const own: History<Tested> = {
    when: (command, data, context = {}) =>
      decided(story, command, decide(story, command, data, context)),
    as: (principal) => history({ ...story, principal }),
    thenState: (state) => {
      expectSame(`State of ${story.aggregate.name}`, state, story.state);
      return own;
    },
  };
  return own;
}

function decided<Tested extends Aggregate, Reason extends string>(
  story: Story<Tested>,
  command: string,
  decision: TestDecision,
): DecisionStory<Tested, Reason> {
  const said = inWords(decision);
  const next = history(decision.decision === 'accepted' ? after(decision.events, story) : story);
  const expectSaid = (expected: object): History<Tested> => {
    expectSame(command, expected, said);
    return next;
  };
  const refused = {
    when: () => fail(`${command} was not accepted, so nothing can follow it`, said),
    as: () => fail(`${command} was not accepted, so nothing can follow it`, said),
    thenState: () => fail(`${command} was not accepted, so it led to no state`, said),
  };
  return {
    ...(decision.decision === 'accepted' ? next : refused),
    // biome-ignore lint/suspicious/noThenProperty: given, when, then. To await it does not compile.
    then: (events, timers = []) => {
      refuseAwait(command, events);
      return expectSaid(acceptedWith(events, timers));
    },
    thenNothing: () => expectSaid(acceptedWith([], [])),
    thenForbidden: () => expectSaid(forbiddenText),
    thenRejected: (reason, details = said.details ?? null) =>
      expectSaid({ rejected: reason, details }),
  };
}

/** JavaScript takes any value with a `then` for a promise, and calls it with two functions. */
function refuseAwait(command: string, events: unknown): void {
  if (typeof events !== 'function') return;
  throw new Error(
    `What ${command} decided is no promise: leave out await, and end a test that returns it with then([…]).`,
  );
}

/** A decision as error messages show it. */
type DecisionText =
  | typeof forbiddenText
  | { accepted: object; timers?: object; details?: never }
  | { rejected: string; details: Json };

const forbiddenText = { forbidden: 'by the access rules', details: null };

function inWords(decision: TestDecision): DecisionText {
  if (decision.decision === 'forbidden') return forbiddenText;
  if (decision.decision === 'rejected') {
    return { rejected: decision.reason, details: decision.details };
  }
  const events = decision.events.map(({ type, data }) => ({ type, data }));
  return acceptedWith(events, decision.timers);
}

function acceptedWith(events: readonly object[], timers: readonly Timer[]): DecisionText {
  return { accepted: events, ...(timers.length > 0 && { timers }) };
}

function decide<Tested extends Aggregate>(
  story: Story<Tested>,
  name: string,
  data: unknown,
  context: Partial<Context>,
): TestDecision {
  const { aggregate, state, version, isEnded, newId, principal } = story;
  const command = { name, data: checkedCommand(aggregate, name, data) };
  const id = context.id ?? `${aggregate.name}-1`;
  if (
    principal &&
    !isGranted(principal, { ...command, aggregate: aggregate.name, aggregateId: id }, state)
  ) {
    return { decision: 'forbidden' };
  }
  const now = checkedTime(context.now ?? TEST_MOMENT);
  const whole: Context = {
    tenant: 'main',
    actor: principal?.rights.caller.id ?? 'tester',
    ...context,
    id,
    occurredAt: checkedTime(context.occurredAt ?? now),
    now,
    version,
    newId,
  };
  const decision = decideCommand(aggregate, state, command, whole, isEnded);
  if ('outcome' in decision) throw new Error(`${name}: ${toProblem(decision).detail}`);
  return decision;
}

/** The form that the runtime passes to `decide`: in UTC, with milliseconds. */
function checkedTime(text: string): string {
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw new Error(`${JSON.stringify(text)} is no time. ${TIME_RULE}`);
  return utcText(timeMs);
}

function checkedCommand(aggregate: Aggregate, name: string, data: unknown): unknown {
  const schema = aggregate.commands[name];
  const checked = schema && readTestInput(schema, overTheWire(data));
  if (checked?.success) return checked.data;
  const issues = checked?.error.issues ?? [];
  const places = issues.map(({ path, message }) => `${path.join('.') || '(root)'}: ${message}`);
  throw new Error(`${name} is refused by its schema. ${places.join('; ')}`);
}
