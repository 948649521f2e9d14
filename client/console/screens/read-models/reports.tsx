/** What verifications found: rows that differ between what serves and what was recomputed. */
import type { ProjectionStatus } from '../../../../core/operator-shapes/projection-status.ts';
import { Table } from '../../parts/table.tsx';
import { number } from '../../parts/words.ts';

export function Reports({ generations }: Pick<ProjectionStatus, 'generations'>) {
  const found = generations.flatMap(({ database, version, report = [] }) =>
    report.map((table) => ({ database, version, ...table })),
  );
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="verification">
      <h2 id="verification">Verification</h2>
      <Table
        label="Verification"
        rows={found}
        keyOf={({ database, version, table }) => `${database} ${version} ${table}`}
        columns={[
          { head: 'Table', cell: ({ table }) => table },
          { head: 'Database', cell: ({ database }) => database },
          { head: 'Version', isFigure: true, cell: ({ version }) => version },
          { head: 'Rows', isFigure: true, cell: ({ rows }) => number(rows) },
          { head: 'Only serving', isFigure: true, cell: ({ onlyLive }) => number(onlyLive) },
          {
            head: 'Only recomputed',
            isFigure: true,
            cell: ({ onlyRecomputed }) => number(onlyRecomputed),
          },
        ]}
      />
    </section>
  );
}
