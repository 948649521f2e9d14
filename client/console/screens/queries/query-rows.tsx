/** The rows that a query finds, asked for again while the screen is open. */
import { Loaded } from '../../parts/loaded.tsx';
import { Pages } from '../../parts/pages.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { counted } from '../../parts/words.ts';
import type { Query } from './parameters.ts';

type Cells = Readonly<Record<string, unknown>>;

interface RowPage {
  readonly rows: readonly Cells[];
  readonly cursor?: string;
  readonly count?: number;
  readonly countIsCapped?: boolean;
}

export function QueryRows({ query: { name, parameters } }: { readonly query: Query }) {
  const { chosen } = useParameters();
  const sent = [...parameters.map((one) => one.name), 'cursor'].flatMap((one) => {
    const value = chosen(one);
    return value === undefined ? [] : [[one, value]];
  });
  const page = useApi<RowPage>(`/v1/queries/${name}?${new URLSearchParams(sent)}`, {
    keepsLast: true,
  });
  return (
    <section aria-labelledby="rows">
      <h2 id="rows">Rows</h2>
      <Loaded of={page}>{(found) => <Found page={found} />}</Loaded>
    </section>
  );
}

function Found({ page: { rows, cursor, count, countIsCapped } }: { readonly page: RowPage }) {
  const [first] = rows;
  if (!first) return <p>No row is found.</p>;
  const place = new Map(rows.map((row, index) => [row, String(index)]));
  return (
    <>
      {count !== undefined && (
        <p className="quiet">
          {counted(count, 'row')}
          {countIsCapped && ', at least'}
        </p>
      )}
      <Table<Cells>
        label="Rows"
        rows={rows}
        keyOf={(row) => place.get(row) ?? ''}
        columns={Object.keys(first).map((head) => ({
          head,
          cell: (row) => <bdi>{cellText(row[head])}</bdi>,
          isFigure: typeof first[head] === 'number',
        }))}
      />
      <Pages cursor={cursor} />
    </>
  );
}

function cellText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
