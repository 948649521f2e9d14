/** What a role grants, as an app's author writes it: typed by the app, so that a name that is not there does not compile. */
import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { AggregateCaller, RulePrincipal } from '../aggregate/authorization.ts';
import type { App } from '../app.ts';
import type { Projection } from '../projection/projection.ts';
import type { ScopeValue } from '../projection/row-scope.ts';
import type { Columns, ColumnsOf, Row, Tables } from '../projection/table.ts';

/**
 * Both have to hold where both are given. Only `true` grants: a rule that throws, or returns anything else, refuses.
 * `data` is asked before anything is woken, `state` in the aggregate's object, on the state that `decide` is given.
 */
export interface CommandRule<Data, State, Claims> {
  readonly data?: (data: Data, caller: AggregateCaller<Claims>) => boolean;
  readonly state?: (state: State, caller: AggregateCaller<Claims>) => boolean;
}

/** A rule over the state of an aggregate that a caller asks to see. */
export interface ReadRule<State, Claims> {
  /** Asked of the current state, also for the past: a caller that may see a thing may see its history. */
  readonly state: (state: State, caller: AggregateCaller<Claims>) => boolean;
}

/** The value of a column, the values that it may have, or a function to them. `undefined` and an empty list match no row. */
export type ColumnRule<Value, Claims> =
  | Value
  | readonly Value[]
  | ((caller: RulePrincipal<Claims>) => Value | readonly Value[] | undefined);

/** Equalities alone, so that a rule is data: all of its columns have to match. */
export type RowRule<Cols extends Columns, Claims> = {
  readonly [Name in keyof Cols & string]?: ColumnRule<Row<Cols>[Name] & ScopeValue, Claims>;
};

/** Operators' routes that show and change one tenant alone. */
export const operatedAreas = [
  'sagas',
  'timers',
  'actions',
  'dead-letters',
  'privacy',
  'subscriptions',
  'schedules',
  'groups',
] as const;

export type OperatedArea = (typeof operatedAreas)[number];

type StateOf<Given extends Aggregate> = ReturnType<Given['initialState']>;

type CommandGrants<Given extends Aggregate, Claims> = {
  readonly [Name in keyof Given['commands'] & string]?:
    | true
    | CommandRule<z.output<Given['commands'][Name]>, StateOf<Given>, Claims>;
};

type Named<Given extends Aggregate, Name> = Extract<Given, { readonly name: Name }>;

/** Distributes over the projections: the tables of all of them, by name. */
type TablesOf<Given extends Projection> = Given extends {
  readonly types?: { readonly tables: infer Found extends Tables };
}
  ? Found
  : never;

type NameOf<Given> = Given extends unknown ? keyof Given & string : never;

type TableNamed<Given, Name extends string> =
  Given extends Readonly<Record<Name, infer Found>> ? Found : never;

/** The grants of one role. What is left out is refused. */
export interface RoleGrants<Given extends App, Claims> {
  readonly commands?:
    | 'all'
    | {
        readonly [Name in Given['aggregates'][number]['name']]?:
          | 'all'
          | CommandGrants<Named<Given['aggregates'][number], Name>, Claims>;
      };
  /** States, streams, history, simulation, consistency tokens, and the events in the outcome of a command. */
  readonly read?:
    | 'all'
    | {
        readonly [Name in Given['aggregates'][number]['name']]?:
          | true
          | ReadRule<StateOf<Named<Given['aggregates'][number], Name>>, Claims>;
      };
  /** Rows in lists, by key, in named queries and in live queries, by the names of the tables. */
  readonly rows?:
    | 'all'
    | {
        readonly [Name in NameOf<TablesOf<Given['projections'][number]>>]?:
          | 'all'
          | RowRule<ColumnsOf<TableNamed<TablesOf<Given['projections'][number]>, Name>>, Claims>;
      };
  /** The feed of all events of these aggregates. */
  readonly journal?: 'all' | readonly Given['aggregates'][number]['name'][];
  /** The feeds of these publications. */
  readonly publications?: 'all' | readonly NonNullable<Given['publications']>[number]['name'][];
  /** To receive and acknowledge messages in consumer groups of these publications, which it has to be granted, too. */
  readonly consume?: 'all' | readonly NonNullable<Given['publications']>[number]['name'][];
  /** Messages to these inbounds, of those that take a credential. */
  readonly inbound?: 'all' | readonly NonNullable<Given['inbound']>[number]['name'][];
  readonly inspect?: readonly OperatedArea[];
  /** Includes `inspect`. */
  readonly operate?: readonly OperatedArea[];
  /** `Occurred-At`: a time of its own for what a command records. */
  readonly backdate?: true;
  /** Personal data, plain, in all that the role may read. Left out: `null` in its place. */
  readonly personal?: true;
}
