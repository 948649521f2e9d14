/** How many orders a status has. A whole list is its own count; of one that is cut the server is asked. */
import { useEffect } from 'react';
import { useQuery } from './ledge.ts';
import type { ColumnOrders } from './use-orders.ts';
import type { Status } from './words.ts';

/** After the last change of the rows. */
const SETTLED_MS = 300;
/** An order beyond the listed ones changes no row here. */
const AGAIN_MS = 15_000;

/** Undefined while it is not known. */
export function useCount(status: Status, orders: ColumnOrders): number | undefined {
  const { rows, expectedMore, isCut, isLoaded } = orders;
  const { answer, refresh } = useQuery('orders', { status, limit: 1, count: true });

  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows are why it is asked again
  useEffect(() => {
    if (!isCut) return;
    const settled = setTimeout(refresh, SETTLED_MS);
    return () => clearTimeout(settled);
  }, [isCut, refresh, rows]);

  useEffect(() => {
    if (!isCut) return;
    const again = setInterval(refresh, AGAIN_MS);
    return () => clearInterval(again);
  }, [isCut, refresh]);

  if (!isLoaded) return undefined;
  if (!isCut) return rows.length;
  return answer?.count === undefined ? undefined : answer.count + expectedMore;
}
