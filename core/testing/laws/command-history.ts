/** Histories of commands on one stream, made from an aggregate's own schemas, and what the aggregate makes of them. */
import type fc from 'fast-check';
import { type Aggregate, type CheckedEvent, evolve } from '../../aggregate/aggregate.ts';
import { decideCommand } from '../../aggregate/decide-command.ts';
import { isEnd } from '../../aggregate/stream-end.ts';
import { countedIds } from '../counted-ids.ts';
import { overTheWire, TEST_MOMENT } from '../past-event.ts';
import { parsedTestInput } from '../sealed-for-tests.ts';
import { arbitraryOf, type FastCheck } from './arbitrary-of.ts';

/** Values for what cannot be made from a schema: of a command by its name, of an event's older shape by `OrderPlaced@1`. */
export type Arbitraries = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Long enough that what needs several steps is reached: without `size` fast-check makes histories of five commands. */
const LENGTH = { maxLength: 30, size: 'max' } as const;

/** A command that has passed its schema. */
export interface HistoryCommand {
  readonly name: string;
  readonly data: unknown;
}

/** Commands one after another, the state after each, and the events that were appended. */
export interface CommandHistory<State = unknown> {
  readonly commands: readonly HistoryCommand[];
  readonly states: readonly State[];
  readonly events: readonly CheckedEvent[];
}

/**
 * Histories of an aggregate, for laws of its own: the commands are made from their schemas, or by the arbitraries that
 * are passed.
 *
 * @throws Error when no value for a command can be made from its schema
 * @example fc.assert(fc.property(historiesOf(account, fc), ({ states }) =>
 *   states.every(({ cents }) => cents >= 0)));
 */
export function historiesOf<State>(
  aggregate: Aggregate & { initialState(): State },
  fastCheck: FastCheck,
  arbitraries: Arbitraries = {},
): fc.Arbitrary<CommandHistory<State>> {
  return commandsOf(aggregate, fastCheck, arbitraries).map((commands) => {
    const { states, events } = historyOf(aggregate, commands);
    // What evolve makes of a state is a state: `defineAggregate` has checked it.
    return { commands, states: states as State[], events };
  });
}

export function commandsOf(
  aggregate: Aggregate,
  fastCheck: FastCheck,
  arbitraries: Arbitraries,
): fc.Arbitrary<HistoryCommand[]> {
  const each = Object.entries(aggregate.commands).map(([name, schema]) => {
    const made = arbitraries[name] ?? arbitraryOf(fastCheck, `${aggregate.name} ${name}`, schema);
    return made.map((input) => ({ name, data: parsedTestInput(schema, overTheWire(input)) }));
  });
  return fastCheck.array(fastCheck.oneof(...each), LENGTH);
}

/**
 * Decides and evolves as an aggregate's object does. `prepared` is applied to every state and command before it is used.
 *
 * @throws Error that names the command whose decision cannot be stored
 */
export function historyOf(
  aggregate: Aggregate,
  commands: readonly HistoryCommand[],
  prepared: <Value>(value: Value) => Value = (value) => value,
): CommandHistory {
  const newId = countedIds();
  let state = prepared(aggregate.initialState());
  const states = [state];
  const events: CheckedEvent[] = [];
  for (const command of commands) {
    const context = { ...CONTEXT, version: events.length, newId };
    const isEnded = isEnd(aggregate, events.at(-1)?.type ?? '');
    const decision = decideCommand(aggregate, state, prepared(command), context, isEnded);
    if ('outcome' in decision) throw new Error(`${command.name} is ${decision.outcome}.`);
    const decided = decision.decision === 'accepted' ? decision.events : [];
    for (const event of decided) state = prepared(evolve(aggregate, state, prepared(event)));
    states.push(state);
    events.push(...decided);
  }
  return { commands, states, events };
}

const CONTEXT = {
  tenant: 'main',
  id: 'a',
  actor: 'tester',
  now: TEST_MOMENT,
  occurredAt: TEST_MOMENT,
};
