/** A decider of the form that Emmett has. */
import { event } from 'ledge';
import { fromDecider } from 'ledge/emmett';
import * as z from 'zod';

type LightEvent = { readonly type: 'SwitchedOn'; readonly data: { readonly by: string } };
type SwitchOn = { readonly type: 'SwitchOn'; readonly data: { readonly by: string } };
type LightState = { readonly on: boolean };

const by = z.strictObject({ by: z.string() });

export const light = fromDecider({
  name: 'light',
  events: { SwitchedOn: event(by) },
  commands: { SwitchOn: by },
  decider: {
    initialState: (): LightState => ({ on: false }),
    evolve: (_state: LightState, _event: LightEvent): LightState => ({ on: true }),
    decide: ({ data }: SwitchOn, { on }: LightState): LightEvent[] =>
      on ? [] : [{ type: 'SwitchedOn', data }],
  },
});
