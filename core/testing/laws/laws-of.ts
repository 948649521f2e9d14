/** The laws that every aggregate of an app keeps, tried by fast-check with whatever the app's own schemas accept. */
import type { App } from '../../app.ts';
import { deepFrozen } from '../../values/frozen.ts';
import { isJson } from '../../values/json.ts';
import { expectSame } from '../expect-same.ts';
import { inAnotherYear } from './another-year.ts';
import type { FastCheck } from './arbitrary-of.ts';
import { type Arbitraries, commandsOf, type HistoryCommand, historyOf } from './command-history.ts';
import { handleEverywhere } from './handle-everywhere.ts';
import type { Law, Subject } from './law.ts';
import { lawOfShape, olderShapes } from './law-of-older-shape.ts';

/**
 * The laws of an app's aggregates, and of what handles their events.
 *
 * @param fastCheck the module `fast-check`, from 4.0 on, which an app installs itself
 * @param arbitraries by aggregate and command, for commands whose schemas refuse what is made from their JSON Schema: a
 * refinement, a pattern that looks ahead. `OrderPlaced@1` is the name of an event's first schema version.
 * @throws Error for a name that the app does not have
 * @example for (const law of lawsOf(app, fc)) test(law.name, law.check);
 */
export function lawsOf(
  app: App,
  fastCheck: FastCheck,
  arbitraries: Readonly<Record<string, Arbitraries>> = {},
): Law[] {
  refuseUnknown(
    'aggregate',
    Object.keys(arbitraries),
    app.aggregates.map(({ name }) => name),
  );
  return app.aggregates.flatMap((aggregate) =>
    lawsOfAggregate({ app, aggregate, fastCheck, arbitraries: arbitraries[aggregate.name] ?? {} }),
  );
}

function lawsOfAggregate(subject: Subject): Law[] {
  const { app, aggregate, arbitraries } = subject;
  const { name, commands } = aggregate;
  const older = olderShapes(aggregate);
  const names = [...Object.keys(commands), ...older.map((shape) => shape.name)];
  refuseUnknown(`command of ${name}`, Object.keys(arbitraries), names);
  const law = (sentence: string, holds: (commands: readonly HistoryCommand[]) => void): Law => ({
    name: `${name}: ${sentence}`,
    check: () => checkCommands(subject, holds),
  });
  return [
    law('what is decided passes its schemas, and every state is JSON', (commands) => {
      for (const state of historyOf(aggregate, commands).states) requireJson(state);
    }),
    law('decide and evolve change nothing that they are given', (commands) => {
      historyOf(aggregate, commands, deepFrozen);
    }),
    law('the same commands have the same events and states in any year', (commands) => {
      const again = inAnotherYear(() => historyOf(aggregate, commands));
      expectSame('The same commands again', historyOf(aggregate, commands), again);
    }),
    law('projections, reactors and sagas handle its events and change none', (commands) => {
      for (const [index, event] of historyOf(aggregate, commands).events.entries()) {
        const { type, schemaVersion, text } = event;
        const data = JSON.parse(text);
        handleEverywhere(app, aggregate, { type, schemaVersion, version: index + 1, data });
      }
    }),
    ...older.map((shape) => lawOfShape(subject, shape)),
  ];
}

function checkCommands(
  { aggregate, fastCheck, arbitraries }: Subject,
  holds: (commands: readonly HistoryCommand[]) => void,
): void {
  if (Object.keys(aggregate.commands).length === 0) return;
  fastCheck.assert(fastCheck.property(commandsOf(aggregate, fastCheck, arbitraries), holds));
}

function requireJson(state: unknown): void {
  if (isJson(state)) return;
  throw new Error('A state is no JSON, in which snapshots are kept and readers get it.');
}

function refuseUnknown(kind: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new Error(`There is no ${kind} named ${unknown}, but: ${known.join(', ')}.`);
}
