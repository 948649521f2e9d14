/** Rows under heads. In a narrow window each row is a card; what is wider still scrolls by itself, by keyboard, too. */
import type { ReactNode } from 'react';

interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures are aligned at the right. */
  readonly isFigure?: boolean;
}

interface Properties<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
}

export function Table<Row>({ label, rows, keyOf, columns }: Properties<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs; a section would be a landmark for each table
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <div className="table" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(({ head, isFigure }) => (
              <th key={head} scope="col" data-figure={isFigure}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ head, cell, isFigure }) => (
                <td key={head} data-head={head} data-figure={isFigure}>
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
