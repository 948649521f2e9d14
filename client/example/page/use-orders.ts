/** The orders of every column: the newest of each status, live, with the expected effects of pending commands. */
import { useRef, useState } from 'react';
import {
  type ExpectedOrder,
  expectedOrders,
  type NewOrder,
  newOrders,
  withExpected,
} from './expected-orders.ts';
import { type OrderOnBoard, useLiveQuery } from './ledge.ts';
import type { WaitingCommand } from './waiting-commands.ts';
import type { Status } from './words.ts';

const LIMIT_FIRST = 50;
/** The maximum of a live query. */
const LIMIT_MAX = 1_000;

export interface ColumnOrders {
  readonly rows: readonly OrderOnBoard[];
  /** The number of rows that pending commands add to those of the server. */
  readonly expectedMore: number;
  readonly isLoaded: boolean;
  /** Whether there may be older ones. */
  readonly isCut: boolean;
  /** Undefined when no more can be listed. */
  readonly showMore: (() => void) | undefined;
}

export interface Orders {
  readonly columns: Readonly<Record<Status, ColumnOrders>>;
  /** Placed here, and not yet accepted as far as is known. */
  readonly unsent: readonly NewOrder[];
  /** The ids of the orders with a pending command. */
  readonly moving: ReadonlySet<string>;
  readonly problem: string | undefined;
}

/** While the server cannot be reached no effects are expected, because commands may wait for long. */
export function useOrders(waiting: readonly WaitingCommand[], isLive: boolean): Orders {
  const lists = {
    placed: useNewest('placed'),
    confirmed: useNewest('confirmed'),
    shipped: useNewest('shipped'),
    cancelled: useNewest('cancelled'),
  };
  const all = Object.values(lists);
  const known = useKnown(all);
  const column = (status: Status): ColumnOrders => {
    const { rows, expected, ...list } = lists[status];
    const shown = isLive ? withExpected(status, rows, expected, known) : rows;
    return { ...list, rows: shown, expectedMore: shown.length - rows.length };
  };
  return {
    columns: {
      placed: column('placed'),
      confirmed: column('confirmed'),
      shipped: column('shipped'),
      cancelled: column('cancelled'),
    },
    unsent: newOrders(lists.placed.expected, waiting, known),
    moving: new Set(all.flatMap(({ expected }) => expected.map(({ id }) => id))),
    problem: all.find(({ problem }) => problem)?.problem?.message,
  };
}

function useNewest(status: Status) {
  const [limit, setLimit] = useState(LIMIT_FIRST);
  const live = useLiveQuery('orders', { status, sort: '-placedAt', limit });
  const before = useRef<readonly OrderOnBoard[]>(undefined);
  // A longer list is another query: until it has a result the shorter one is shown.
  before.current = live.rows ?? before.current;
  const rows = before.current ?? [];
  const isCut = rows.length >= limit;
  const showMore = () => setLimit(Math.min(limit * 2, LIMIT_MAX));
  return {
    rows,
    expected: expectedOrders(live.expected),
    problem: live.problem,
    isLoaded: before.current !== undefined,
    isCut,
    showMore: isCut && limit < LIMIT_MAX ? showMore : undefined,
  };
}

interface KnownRows {
  readonly rows: readonly OrderOnBoard[];
  readonly expected: readonly ExpectedOrder[];
}

/** Rows by order. A row that has left a column is kept while its command is pending. */
function useKnown(lists: readonly KnownRows[]): ReadonlyMap<string, OrderOnBoard> {
  const last = useRef<ReadonlyMap<string, OrderOnBoard>>(new Map());
  const rows = lists.flatMap((list) => list.rows);
  const moving = lists.flatMap(({ expected }) => expected.map(({ id }) => id));
  const kept = moving.flatMap((id) => last.current.get(id) ?? []);
  last.current = new Map([...kept, ...rows].map((row) => [row.order, row]));
  return last.current;
}
