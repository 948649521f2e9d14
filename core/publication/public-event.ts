/** `publicEvent`: one version of a public event, declared by the schema of its data. */

import type * as z from 'zod';
import type { JsonFault } from '../values/json.ts';

/** One version of a public event: what consumers outside of the app may rely on. */
export interface PublicEventDefinition<
  Schema extends z.ZodType = z.ZodType,
  Version extends number = number,
> {
  readonly kind: 'public-event';
  readonly schema: Schema;
  readonly version: Version;
}

/** One version, or several that are published side by side, oldest first. */
export type PublicEventVersions =
  | PublicEventDefinition
  | readonly [PublicEventDefinition, ...PublicEventDefinition[]];

/** By the type of the event, such as `shop.order.placed`. */
export type PublicEventDefinitions = Readonly<Record<string, PublicEventVersions>>;

/**
 * Declares one version of a public event. A field that is personal in the private event is declared with `personal`
 * here, too: it is published sealed.
 *
 * @throws RangeError for a version that is no whole number from 1 on
 * @example publicEvent(z.strictObject({ order: z.string(), netCents: z.int() }), { version: 1 })
 */
export function publicEvent<Schema extends z.ZodType, const Version extends number>(
  schema: Schema & JsonFault<z.output<Schema>>,
  { version }: { readonly version: Version },
): PublicEventDefinition<Schema, Version> {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RangeError(`A public event has no version ${version}: use a whole number from 1 on.`);
  }
  return { kind: 'public-event', schema, version };
}
