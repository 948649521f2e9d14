/** Where the events of a subscription are sent: to an address, or to another part of the platform by a binding. Pure. */

/** `queue` and `service`: the name of a binding of the Worker. */
export type SubscriptionTarget =
  | { readonly url: string }
  | { readonly queue: string }
  | { readonly service: string };

/** The kinds in which a target may be shown: one of them is there. */
interface ShownTarget {
  readonly url?: string;
  readonly queue?: string;
  readonly service?: string;
}

/** @example targetText({ queue: 'WAREHOUSE' }) // 'queue WAREHOUSE' */
export function targetText({ url, queue, service }: ShownTarget): string {
  if (url !== undefined) return url;
  return queue === undefined ? `service ${service}` : `queue ${queue}`;
}
