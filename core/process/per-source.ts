/** Maps with one value for each event type of each source aggregate: a definition's handlers without their types. */

import type { RecordedEvent } from '../aggregate/event.ts';

export type PerSource<Value> = Readonly<Record<string, Readonly<Record<string, Value>>>>;

/** Handlers without the types of their events; the caller passes each its own event. */
export function handlersOf(handlers: object): PerSource<(event: RecordedEvent) => unknown> {
  return handlers as PerSource<(event: RecordedEvent) => unknown>;
}

export function mappedByEvent<From, To>(
  all: PerSource<From>,
  map: (value: From) => To,
): PerSource<To> {
  return Object.fromEntries(
    Object.entries(all).map(([source, types]) => [
      source,
      Object.fromEntries(Object.entries(types).map(([type, value]) => [type, map(value)])),
    ]),
  );
}

/** @throws Error when both have a value for the same event */
export function mergedByEvent<Value>(
  one: PerSource<Value>,
  other: PerSource<Value>,
): PerSource<Value> {
  const sources = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...sources].map((source) => {
      const [first = {}, second = {}] = [one[source], other[source]];
      const twice = Object.keys(second).find((type) => Object.hasOwn(first, type));
      if (twice) throw new Error(`${twice} of ${source} is waited for twice.`);
      return [source, { ...first, ...second }];
    }),
  );
}
