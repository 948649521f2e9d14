/** A domain that keeps whatever it is told, under any name: what JSON can say must come back as it was said. */
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate.ts';
import { accept } from '../../../core/decision.ts';
import { event } from '../../../core/event.ts';
import type { Json } from '../../../core/json.ts';

const anything = z.custom<Json>();

export const keeper = defineAggregate({
  name: 'keeper',
  events: { Kept: event(z.strictObject({ value: anything })) },
  commands: { Keep: anything },
  initialState: (): { readonly kept: readonly Json[] } => ({ kept: [] }),
  evolve: { Kept: ({ kept }, { data }) => ({ kept: [...kept, data.value] }) },
  decide: { Keep: (value) => accept({ type: 'Kept', data: { value } }) },
});
