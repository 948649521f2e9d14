/** The number of orders of a status. A complete list is counted here; for an incomplete one the server is asked. */
import { useEffect } from 'react';
import { useQuery } from './ledge.ts';
import type { ColumnOrders } from './use-orders.ts';
import type { Status } from './words.ts';

/** The delay after the last change of the rows. */
const SETTLED_MS = 300;
/** The interval of repeated requests, because an order beyond the listed ones changes no row here. */
const AGAIN_MS = 15_000;

/** Undefined while it is not known. */
export function useCount(status: Status, orders: ColumnOrders): number | undefined {
  const { rows, expectedMore, isCut, isLoaded } = orders;
  const { answer, refresh } = useQuery('orders', { status, limit: 1, count: true });

  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows trigger a new request
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
