/** Between rows and the states of their orders, both ways. Pure. */
import { totals } from '../../../domain/money.ts';
import { orderCommands } from '../../../domain/order/commands.ts';
import type { order } from '../../../domain/order/order.ts';
import type { OrderOnBoard } from './ledge.ts';
import type { WaitingCommand } from './waiting-commands.ts';
import type { Status } from './words.ts';

type OrderState = ReturnType<typeof order.initialState>;

/** What a command on its way makes of an order that is there. */
export interface ExpectedOrder {
  readonly id: string;
  readonly state: Exclude<OrderState, { status: 'none' }>;
}

interface Expectation {
  readonly aggregate: string;
  readonly id: string;
  readonly state: unknown;
}

/** Of whatever this page's commands are expected to change, the orders. */
export function expectedOrders(expected: readonly Expectation[]): ExpectedOrder[] {
  return expected.flatMap(({ aggregate, id, state: made }) => {
    if (aggregate !== 'order') return [];
    // The hook made it with the order's own `evolve`.
    const state = made as OrderState;
    return state.status === 'none' ? [] : [{ id, state }];
  });
}

/** The order that a row describes, as far as `decide` looks at it. */
export function stateOf(row: OrderOnBoard): OrderState {
  const { status, customer, country, placedAt, grossCents, netCents } = row;
  return { status, customer, country, placedOn: placedAt.slice(0, 10), grossCents, netCents };
}

/** A column's rows once the expected commands are in them: without the orders that leave, with those that come. */
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

/** Where the server will list it: the newest first. */
function inserted(rows: readonly OrderOnBoard[], row: OrderOnBoard): readonly OrderOnBoard[] {
  const at = rows.findIndex(({ placedAt }) => placedAt <= row.placedAt);
  return at < 0 ? [...rows, row] : rows.toSpliced(at, 0, row);
}

/** As much of an order as is known before the server has it. */
export type NewOrder = Pick<OrderOnBoard, 'order' | 'customer' | 'country' | 'netCents'>;

/** The orders that are placed here and not in the rows yet: those in the storage, those accepted a moment ago. */
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

/** An order that a storage has, as it was typed here or in another window. */
function orderIn(id: string, data: unknown): NewOrder {
  const { customer, country, lines } = orderCommands.PlaceOrder.parse(data);
  return { order: id, customer, country, ...totals(lines) };
}
