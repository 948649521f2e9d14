/**
 * The compiler's messages for an invalid row change, as template-literal types: the required type is a sentence that
 * names the column. Types only.
 */
import type { Columns, OptionalColumn } from './table.ts';

/** For columns of a new row that its table lacks, also if the row is made with `...data`. */
export type RowFault<
  Given,
  Cols extends Columns,
> = OrFits<`'${Exclude<KnownKey<Given>, keyof Cols>}' is not a column of this table`>;

/** For unknown operations, and for columns that do not allow the operation. */
export type ChangeFault<Given, Allowed> = OrFits<
  {
    [Way in KnownKey<Given>]: Way extends keyof Allowed
      ? WayFault<Way, NonNullable<Given[Way]>, NonNullable<Allowed[Way]>>
      : `'${Way}' is no way to change columns: set, add, min and max are`;
  }[KnownKey<Given>]
>;

type WayFault<Way extends string, Given, Allowed> = string extends keyof Allowed
  ? never
  : `'${Exclude<KnownKey<Given>, keyof Allowed>}' is not a column that ${Way} takes here`;

/** An upsert may insert the row, so it names each column that cannot be null. */
export type UpsertFault<Given, Cols extends Columns, Key> = string extends keyof NamedBy<Given>
  ? unknown
  : OrFits<`upsert has to name '${Exclude<KnownKey<Cols>, OptionalColumn<Cols> | Key | keyof NamedBy<Given>>}', which cannot be null`>;

/** All columns that the operations name. */
type NamedBy<Given> = { [Way in keyof Given as keyof NonNullable<Given[Way]>]: true };

/** Never for an index signature: its keys are not known before run time. */
type KnownKey<Given> = string extends keyof Given ? never : keyof Given & string;

type OrFits<Fault> = [Fault] extends [never] ? unknown : Fault;
