/** Which events a definition has handlers for: what its catalog entry says, since handlers are functions. */

/** By aggregate: the types of events, in the order of the definition. */
export type HandledEvents = Readonly<Record<string, readonly string[]>>;

/** Of a map of handlers by aggregate and event type. */
export function handledEvents(handlers: Readonly<Record<string, object>>): HandledEvents {
  return Object.fromEntries(
    Object.entries(handlers).map(([aggregate, types]) => [aggregate, Object.keys(types)]),
  );
}
