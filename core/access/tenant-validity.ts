/** What a Live object has to know of its tenant before it sends a frame. */
export interface TenantValidity {
  /** No caller of it is served: it is suspended as a whole, erased, or was never provisioned. */
  readonly isClosed: boolean;
  /** The principals that are not served. */
  readonly blocked: readonly string[];
}
