/**
 * The compiler's messages for an invalid definition, as template-literal types: a wrong handler gets the type of a
 * sentence that names its key. Types only.
 */
import type * as z from 'zod';
import type { JsonFault } from '../values/json.ts';
import type { AcceptedDecision, RejectedDecision } from './decision.ts';
import type { EventData, EventDefinitions } from './event.ts';

/** For handlers whose key is not one of the events. */
export type SurplusEvents<Given, Events> = {
  readonly [Key in Exclude<keyof Given, keyof Events> &
    string]: `'${Key}' is not an event of this aggregate`;
};

/** For decide functions that are not `Sound`: the sentence that says why, or `Sound` where TypeScript says it well. */
export type DecideFaults<Deciders, Events extends EventDefinitions, Commands, Sound> = {
  readonly [Name in Exclude<
    keyof Deciders,
    SoundKey<Deciders, Events, Commands, Sound>
  >]: Name extends keyof Commands
    ? OrSound<AnswerFault<Answer<Deciders[Name]>, Events, Commands>, Sound>
    : `'${Name & string}' is not a command of this aggregate`;
};

/** `object` is the bound of what is inferred: before anything is inferred, nothing is wrong. */
type SoundKey<Deciders, Events extends EventDefinitions, Commands, Sound> = {
  [Name in keyof Deciders & keyof Commands]: object extends Answer<Deciders[Name]>
    ? Name
    : Deciders[Name] extends Sound
      ? [AnswerFault<Answer<Deciders[Name]>, Events, Commands>] extends [never]
        ? Name
        : never
      : never;
}[keyof Deciders & keyof Commands];

type OrSound<Fault, Sound> = [Fault] extends [never] ? Sound : Fault;

type Answer<Decider> = Decider extends (...input: never[]) => infer Given ? Given : never;

type AnswerFault<Given, Events extends EventDefinitions, Commands> =
  Given extends AcceptedDecision<infer Event, infer Scheduled>
    ? EventFault<Event, Events> | TimerFault<Scheduled, Commands>
    : Given extends RejectedDecision<string>
      ? never
      : Given extends PromiseLike<unknown>
        ? 'decide is not async: it returns accept(event, …) or reject(reason)'
        : 'decide returns accept(event, …) or reject(reason)';

type EventFault<Event, Events extends EventDefinitions> = Event extends {
  readonly type: infer Type extends string;
  readonly data: infer Data;
}
  ? Type extends keyof Events
    ? SurplusField<Data, EventData<Events[Type]>, Type>
    : `'${Type}' is not an event of this aggregate`
  : never;

type TimerFault<Scheduled, Commands> = Scheduled extends {
  readonly timer: 'schedule';
  readonly command: infer Command extends string;
}
  ? Command extends keyof Commands
    ? never
    : `'${Command}' is not a command of this aggregate`
  : never;

type SurplusField<Data, Wanted, Type extends string> =
  Surplus<Data, Wanted> extends infer Key extends string
    ? `'${Key}' is not a field of ${Type}`
    : never;

/** The keys of a value that its schema lacks, some levels deep. None for values of unknown type. */
type Surplus<Given, Wanted, Levels extends unknown[] = [1, 1, 1, 1]> = Levels extends [
  unknown,
  ...infer Rest,
]
  ? unknown extends Given
    ? never
    : unknown extends Wanted
      ? never
      : Given extends readonly (infer Item)[]
        ? Wanted extends readonly (infer WantedItem)[]
          ? Surplus<Item, WantedItem, Rest>
          : never
        : Given extends object
          ? SurplusMember<Given, Wanted, keyof Given & string, Rest>
          : never
  : never;

type SurplusMember<Given, Wanted, Key extends keyof Given, Levels extends unknown[]> =
  Key extends KeyOf<Wanted>
    ? Surplus<Given[Key], ValueAt<Wanted, Key>, Levels>
    : // Of two object literals in one list, TypeScript gives each the other's keys: as what is not there.
      [Exclude<Given[Key], undefined>] extends [never]
      ? never
      : Key;

type KeyOf<Wanted> = Wanted extends object ? keyof Wanted & string : never;
type ValueAt<Wanted, Key> = Wanted extends object
  ? Key extends keyof Wanted
    ? Wanted[Key]
    : never
  : never;

/** For command schemas that no JSON value satisfies. */
export type CommandFaults<Commands> = {
  readonly [Name in keyof Commands]: JsonFault<
    Commands[Name] extends z.ZodType ? z.input<Commands[Name]> : never
  >;
};
