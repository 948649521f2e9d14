/** Between rows and the states of their orders, both ways. Pure. */
import type { order } from '../../../domain/order/order.ts';
import type { Expected, OrderRow } from './ledge.ts';

type OrderState = ReturnType<typeof order.initialState>;

/** The order that a row tells of, as far as `decide` looks at it. */
export function stateOf(row: OrderRow): OrderState {
  const { status, customer, country, placedAt, grossCents, netCents } = row;
  return { status, customer, country, placedOn: placedAt.slice(0, 10), grossCents, netCents };
}

/** The rows as they will be once the expected order is among them. */
export function withExpected(rows: readonly OrderRow[], expected: Expected): readonly OrderRow[] {
  const { aggregate, id, state } = expected;
  if (aggregate !== 'order' || state.status === 'none') return rows;
  const { status, customer, country, placedOn, grossCents, netCents } = state;
  const known = rows.find((row) => row.order === id);
  if (known) return rows.map((row) => (row === known ? { ...known, status } : row));
  const placedAt = `${placedOn}T00:00:00.000Z`;
  const money = { grossCents, netCents };
  const placed = { order: id, customer, country, status, lineCount: 1, placedAt, shippedAt: null };
  return [{ ...placed, ...money }, ...rows];
}
