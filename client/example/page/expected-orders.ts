/** Converts rows to states of orders and back. Pure. */
import { totals } from '../../../domain/money.ts';
import { orderCommands } from '../../../domain/order/commands.ts';
import type { order } from '../../../domain/order/order.ts';
import type { OrderOnBoard } from './ledge.ts';
import type { WaitingCommand } from './waiting-commands.ts';
import type { Status } from './words.ts';

type OrderState = ReturnType<typeof order.initialState>;

/** The expected effect of a pending command on an existing order. */
export interface ExpectedOrder {
  readonly id: string;
  readonly state: Exclude<OrderState, { status: 'none' }>;
}

interface Expectation {
  readonly aggregate: string;
  readonly id: string;
  readonly state: unknown;
}

/** The orders among the expected changes of this page's commands. */
export function expectedOrders(expected: readonly Expectation[]): ExpectedOrder[] {
  return expected.flatMap(({ aggregate, id, state: made }) => {
    if (aggregate !== 'order') return [];
    // The hook made it with the order's own `evolve`.
    const state = made as OrderState;
    return state.status === 'none' ? [] : [{ id, state }];
  });
}

/** The part of an order's state that `decide` needs, from its row. */
export function stateOf(row: OrderOnBoard): OrderState {
  const { status, customer, country, placedAt, grossCents, netCents } = row;
  return { status, customer, country, placedOn: placedAt.slice(0, 10), grossCents, netCents };
}

/** A column's rows with the expected commands applied: without the orders that leave it, with those that enter it. */
export function withExpected(
  status: Status,
  rows: readonly OrderOnBoard[],
  expected: readonly ExpectedOrder[],
  known: ReadonlyMap<string, OrderOnBoard>,
): readonly OrderOnBoard[] {
  return expected.reduce((before, { id, state }) => {
    const row = known.get(id);
    if (!row) return before;
    const others = before.filter((other) => other.order !== id);
    return state.status === status ? inserted(others, { ...row, status }) : others;
  }, rows);
}

/** At the place where the server will list it: the newest first. */
function inserted(rows: readonly OrderOnBoard[], row: OrderOnBoard): readonly OrderOnBoard[] {
  const at = rows.findIndex(({ placedAt }) => placedAt <= row.placedAt);
  return at < 0 ? [...rows, row] : rows.toSpliced(at, 0, row);
}

/** The part of an order that is known before the server has it. */
export type NewOrder = Pick<OrderOnBoard, 'order' | 'customer' | 'country' | 'netCents'>;

/** The orders that were placed here and are not in the rows yet: stored ones, and recently accepted ones. */
export function newOrders(
  expected: readonly ExpectedOrder[],
  waiting: readonly WaitingCommand[],
  known: ReadonlyMap<string, OrderOnBoard>,
): readonly NewOrder[] {
  const orders = new Map<string, NewOrder>();
  for (const { id, state } of expected) {
    const { customer, country, netCents } = state;
    orders.set(id, { order: id, customer, country, netCents });
  }
  for (const { id, command, data } of waiting) {
    if (command === 'PlaceOrder' && !orders.has(id)) orders.set(id, orderIn(id, data));
  }
  return [...orders.values()].filter(({ order }) => !known.has(order)).reverse();
}

/** A stored order, as it was entered here or in another window. */
function orderIn(id: string, data: unknown): NewOrder {
  const { customer, country, lines } = orderCommands.PlaceOrder.parse(data);
  return { order: id, customer, country, ...totals(lines) };
}
