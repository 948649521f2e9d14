/** The orders of one status: their number, the newest of them, and a way to older ones. */
import type { ReactNode } from 'react';
import { countText } from './column-tabs.tsx';
import type { OrderRow } from './ledge.ts';
import { OrderCard } from './order-card.tsx';
import type { Follow } from './use-followed-focus.ts';
import type { ColumnOrders } from './use-orders.ts';
import { grouped, type Status, titles } from './words.ts';

interface Properties {
  readonly status: Status;
  readonly orders: ColumnOrders;
  readonly count: number | undefined;
  /** Shown instead of orders when there are none. */
  readonly hint: string;
  readonly noteOn: (order: string) => string | undefined;
  readonly onCancel: (row: OrderRow) => void;
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
      {children}
      {isLoaded && rows.length === 0 && <p className="hint">{hint}</p>}
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
      {orders.isCut && <Rest orders={orders} count={count} />}
    </section>
  );
}

function Rest({ orders, count }: Pick<Properties, 'orders' | 'count'>) {
  const { rows, showMore } = orders;
  const isWhole = count !== undefined && rows.length >= count;
  if (isWhole) return null;
  return (
    <p className="rest">
      The newest {grouped(rows.length)} of {countText(count)}.{' '}
      {showMore ? (
        <button type="button" onClick={showMore}>
          Show more
        </button>
      ) : (
        'Older ones are listed by the API.'
      )}
    </p>
  );
}
