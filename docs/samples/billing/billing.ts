/** A consumer of the shop's publication, in a project of its own: it has the types, and nothing else of the shop. */
// #region consumer
import { isShopEvent, type ShopEvent } from './shop-events.ts';

/** An event of the feed, or of a webhook. Types and versions that billing does not know lead to no invoice. */
export function invoiceOf(event: ShopEvent) {
  if (!isShopEvent(event, 'shop.order.placed/1')) return undefined;
  const { order, customer, netCents } = event.data;
  return { invoice: `invoice/${order}`, customer, netCents };
}
// #endregion
