/** The orders of one status: their number, the newest of them, and a way to older ones. */
import type { ReactNode } from 'react';
import { countText } from './column-tabs.tsx';
import type { OrderOnBoard } from './ledge.ts';
import { OrderCard } from './order-card.tsx';
import type { Follow } from './use-followed-focus.ts';
import type { ColumnOrders } from './use-orders.ts';
import { grouped, type Status, titles } from './words.ts';

interface Properties {
  readonly status: Status;
  readonly orders: ColumnOrders;
  readonly count: number | undefined;
  /** Shown instead of orders when there are none. */
  readonly hint: string | undefined;
  readonly noteOn: (order: string) => string | undefined;
  readonly onCancel: (row: OrderOnBoard) => void;
  readonly onMove: Follow;
  readonly children?: ReactNode;
}

export function Column(properties: Properties) {
  const { status, orders, count, hint, noteOn, onCancel, onMove, children } = properties;
  const { rows, isLoaded } = orders;
  return (
    <section data-status={status} aria-labelledby={`column-${status}`}>
      <h2 id={`column-${status}`}>
        {titles[status]} <span>{countText(count)}</span>
      </h2>
      {orders.isCut && <p className="hint">{shownText(orders, count)}</p>}
      {children}
      {isLoaded && rows.length === 0 && hint && <p className="hint">{hint}</p>}
      <ul>
        {rows.map((row) => (
          <OrderCard
            key={row.order}
            row={row}
            note={noteOn(row.order)}
            onCancel={onCancel}
            onMove={onMove}
          />
        ))}
      </ul>
      {orders.showMore && (
        <button type="button" className="more" onClick={orders.showMore}>
          Show more
        </button>
      )}
    </section>
  );
}

function shownText({ rows, showMore }: ColumnOrders, count: number | undefined): string {
  const shown = `The newest ${grouped(rows.length)} of ${countText(count)}.`;
  return showMore ? shown : `${shown} Older ones are listed by the API.`;
}
