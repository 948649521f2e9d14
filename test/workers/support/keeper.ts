/** A domain that stores any JSON under any name, which must be returned unchanged. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import type { Json } from '../../../core/values/json.ts';

const anything = z.custom<Json>();

export const keeper = defineAggregate({
  name: 'keeper',
  events: { Kept: event(z.strictObject({ value: anything })) },
  commands: { Keep: anything },
  initialState: (): { readonly kept: readonly Json[] } => ({ kept: [] }),
  evolve: { Kept: ({ kept }, { data }) => ({ kept: [...kept, data.value] }) },
  decide: { Keep: (value) => accept({ type: 'Kept', data: { value } }) },
});
