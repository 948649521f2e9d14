/** A day of trade, under its date: once it is closed, its sales can be booked elsewhere. */

import { accept, defineAggregate, event } from 'ledge';
import * as z from 'zod';

export interface DayState {
  readonly status: 'open' | 'closed';
}

export const day = defineAggregate({
  name: 'day',
  events: { DayClosed: event(z.strictObject({})) },
  commands: { CloseDay: z.strictObject({}) },
  initialState: (): DayState => ({ status: 'open' }),
  evolve: { DayClosed: (_state) => ({ status: 'closed' }) },
  decide: {
    CloseDay: (data, { status }) =>
      status === 'closed' ? accept() : accept({ type: 'DayClosed', data }),
  },
});
