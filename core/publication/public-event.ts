/** `publicEvent`: one version of a public event, declared by the schema of its data. */

import * as z from 'zod';
import type { JsonFault } from '../values/json.ts';

/** One version of a public event: what consumers outside of the app may rely on. */
export interface PublicEventDefinition<
  Schema extends z.ZodType = z.ZodType,
  Version extends number = number,
> {
  readonly kind: 'public-event';
  readonly schema: Schema;
  readonly version: Version;
  /** The date after which it may be removed; left out: it is not deprecated. */
  readonly deprecated?: string;
}

/** One version, or several that are published side by side, oldest first. */
export type PublicEventVersions =
  | PublicEventDefinition
  | readonly [PublicEventDefinition, ...PublicEventDefinition[]];

/** By the type of the event, such as `shop.order.placed`. */
export type PublicEventDefinitions = Readonly<Record<string, PublicEventVersions>>;

/** An ISO date, without a time. */
const date = z.iso.date();

/**
 * Declares one version of a public event. A field that is personal in the private event is declared with `personal`
 * here, too: it is published sealed. `deprecated` is the date, `2027-06-30`, until which the version is promised.
 *
 * @throws RangeError for a version that is no whole number from 1 on, and for no date
 * @example publicEvent(z.strictObject({ order: z.string(), netCents: z.int() }), { version: 1 })
 */
export function publicEvent<Schema extends z.ZodType, const Version extends number>(
  schema: Schema & JsonFault<z.output<Schema>>,
  { version, deprecated }: { readonly version: Version; readonly deprecated?: string },
): PublicEventDefinition<Schema, Version> {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new RangeError(`A public event has no version ${version}: use a whole number from 1 on.`);
  }
  if (deprecated !== undefined && !date.safeParse(deprecated).success) {
    throw new RangeError(`${deprecated} is no date such as 2027-06-30.`);
  }
  return {
    ...{ kind: 'public-event', schema, version },
    ...(deprecated !== undefined && { deprecated }),
  };
}
