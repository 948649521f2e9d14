/** Each database against its limit. */
import type { OperationsStatus } from '../../../../core/operator-shapes/operations-status.ts';
import { Table } from '../../parts/table.tsx';
import { bytesText, counted, number } from '../../parts/words.ts';

type Database = OperationsStatus['databases'][number];

export function Databases({ databases }: Pick<OperationsStatus, 'databases'>) {
  return (
    <Table
      label="Databases"
      rows={databases}
      keyOf={({ name }) => name}
      columns={[
        { head: 'Database', cell: ({ name }) => name },
        { head: 'Size', cell: (database) => <Size {...database} /> },
        { head: 'Full in', cell: ({ daysUntilFull }) => fullText(daysUntilFull) },
        { head: 'Events', isFigure: true, cell: ({ events }) => number(events) },
        { head: 'Sealed in R2', isFigure: true, cell: ({ sealed }) => sealedText(sealed) },
        { head: 'Given up', isFigure: true, cell: ({ givenUp }) => number(givenUp) },
      ]}
    />
  );
}

function Size({ name, bytes, limitBytes }: Database) {
  if (bytes === null) return 'not known here';
  return (
    <>
      <meter
        value={bytes}
        max={limitBytes}
        high={0.7 * limitBytes}
        optimum={0}
        aria-label={`Size of ${name} against its limit`}
      />{' '}
      {bytesText(bytes)} of {bytesText(limitBytes)}
    </>
  );
}

function fullText(days: number | null): string {
  return days === null ? 'not known' : counted(days, 'day');
}

function sealedText({ bucket, events }: Database['sealed']): string {
  return bucket ? number(events) : 'no bucket';
}
