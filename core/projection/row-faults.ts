/**
 * What the compiler says of a row change that does not fit its table, as text: the type that the change would have to
 * have is the sentence that names the column. Types only.
 */
import type { Columns, OptionalColumn } from './table.ts';

/** For columns of a new row that its table has not: also where the row is made with `...data`. */
export type RowFault<
  Given,
  Cols extends Columns,
> = OrFits<`'${Exclude<KnownKey<Given>, keyof Cols>}' is not a column of this table`>;

/** For ways to change that there are not, and columns that do not change in that way. */
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

/** An upsert may make the row, so it names each column that cannot be null. */
export type UpsertFault<Given, Cols extends Columns, Key> = string extends keyof NamedBy<Given>
  ? unknown
  : OrFits<`upsert has to name '${Exclude<KnownKey<Cols>, OptionalColumn<Cols> | Key | keyof NamedBy<Given>>}', which cannot be null`>;

/** Whatever the ways name. */
type NamedBy<Given> = { [Way in keyof Given as keyof NonNullable<Given[Way]>]: true };

/** None where any text may be a key: then nothing is known before run time. */
type KnownKey<Given> = string extends keyof Given ? never : keyof Given & string;

type OrFits<Fault> = [Fault] extends [never] ? unknown : Fault;
