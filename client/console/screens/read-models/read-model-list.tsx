/** The projections with what serves and how far it is, and the size of the databases that have their rows. */
import { Link } from 'wouter';
import type { ProjectionList } from '../../../../core/operator-shapes/projection-status.ts';
import { Badge } from '../../parts/badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { bytesText, lagText, number } from '../../parts/words.ts';

export function ReadModelList() {
  const list = useApi<ProjectionList>('/v1/projections');
  return (
    <>
      <h1>Read models</h1>
      <Loaded of={list}>
        {({ projections, databases }) => (
          <>
            <section aria-label="Projections">
              <p className="quiet">
                Reactors, sagas and publications follow the journal in the same way. They have no
                rows to build.
              </p>
              <Table
                label="Projections"
                rows={projections}
                keyOf={({ name }) => name}
                columns={[
                  {
                    head: 'Projection',
                    cell: ({ name }) => (
                      <Link href={`/read-models/${encodeURIComponent(name)}`}>{name}</Link>
                    ),
                  },
                  { head: 'State', cell: ({ state }) => <Badge state={state} /> },
                  { head: 'Serving', isFigure: true, cell: ({ serving }) => serving ?? 'none' },
                  {
                    head: 'Of the code',
                    isFigure: true,
                    cell: ({ version }) => version ?? 'none',
                  },
                  { head: 'Lag', cell: ({ lag }) => lagText(lag) },
                  { head: 'Parked', isFigure: true, cell: ({ parked }) => number(parked) },
                  { head: 'Error', cell: ({ lastError }) => <bdi>{lastError}</bdi> },
                ]}
              />
            </section>
            <section aria-labelledby="size">
              <h2 id="size">Size of the databases</h2>
              <Table
                label="Databases"
                rows={databases}
                keyOf={({ name }) => name}
                columns={[
                  { head: 'Database', cell: ({ name }) => name },
                  {
                    head: 'Size',
                    cell: ({ bytes, limitBytes }) =>
                      bytes === null
                        ? 'not known here'
                        : `${bytesText(bytes)} of ${bytesText(limitBytes)}`,
                  },
                  { head: 'Warning', cell: ({ warning }) => warning },
                ]}
              />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}
