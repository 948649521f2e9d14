// Written by `ledge types --publication shop`. Write it again instead of editing it.

/** A CloudEvent 1.0 in JSON, as it is read from the feed and sent to a webhook. */
export interface ShopCloudEvent<Type extends string, Version extends number, Data> {
  readonly specversion: '1.0';
  /** With `source`, the same each time that the event comes. */
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** The stream that it is about, like `order/o-1`. */
  readonly subject: string;
  /** When it happened, ISO 8601 in UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** The address of the JSON Schema of its data. */
  readonly dataschema: `${string}/schemas/${Type}/${Version}`;
  /** Its order in the feed, compared as text. */
  readonly sequence: string;
  /** From which a reader goes on behind it. */
  readonly position: string;
  readonly traceparent?: string;
  readonly data: Data;
}

/** A customer has placed an order. Version 1. */
export type ShopOrderPlaced1 = {
  readonly order: string;
  readonly customer: string;
  readonly country: string;
  /** What the customer pays: after discounts. */
  readonly netCents: number;
};

/** The data of shop.order.confirmed. Version 1. */
export type ShopOrderConfirmed1 = {
  readonly order: string;
};

/** The data of shop.order.shipped. Version 1. */
export type ShopOrderShipped1 = {
  readonly order: string;
};

/** The data of shop.order.cancelled. Version 1. */
export type ShopOrderCancelled1 = {
  readonly order: string;
};

/** The data of shop.day.closed. Version 1. */
export type ShopDayClosed1 = {
  readonly day: string;
};

/** By type and version. */
export interface ShopEvents {
  readonly 'shop.order.placed/1': ShopCloudEvent<'shop.order.placed', 1, ShopOrderPlaced1>;
  readonly 'shop.order.confirmed/1': ShopCloudEvent<'shop.order.confirmed', 1, ShopOrderConfirmed1>;
  readonly 'shop.order.shipped/1': ShopCloudEvent<'shop.order.shipped', 1, ShopOrderShipped1>;
  readonly 'shop.order.cancelled/1': ShopCloudEvent<'shop.order.cancelled', 1, ShopOrderCancelled1>;
  readonly 'shop.day.closed/1': ShopCloudEvent<'shop.day.closed', 1, ShopDayClosed1>;
}

/**
 * A public event of `shop`, distinguished by `type`, and by `isShopEvent` where a type has several versions. A feed may have types
 * and versions that are newer than this file.
 */
export type ShopEvent = ShopEvents[keyof ShopEvents];

/** Whether an event is of a type in one version. */
export function isShopEvent<Name extends keyof ShopEvents>(
  event: ShopEvent,
  name: Name,
): event is ShopEvents[Name] {
  return event.dataschema.endsWith(`/schemas/${name}`);
}
