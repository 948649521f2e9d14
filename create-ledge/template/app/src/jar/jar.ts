/** A savings jar: it is opened with a goal, money goes in until the goal is reached. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

/** At most a million: sums of cents stay exact. */
const cents = z.int().positive().max(100_000_000);
const nothing = z.strictObject({});

type JarState =
  | { readonly status: 'none' | 'full' | 'closed' }
  | { readonly status: 'open'; readonly goalCents: number; readonly savedCents: number };

export const jar = defineAggregate({
  name: 'jar',
  events: {
    JarOpened: event(z.strictObject({ goalCents: cents })),
    MoneySaved: event(z.strictObject({ cents })),
    JarFilled: event(z.strictObject({ goalCents: cents })),
    JarClosed: event(nothing),
  },
  commands: {
    OpenJar: z.strictObject({ goalCents: cents }),
    SaveMoney: z.strictObject({ cents }),
    CloseJar: nothing,
  },
  initialState: (): JarState => ({ status: 'none' }),
  evolve: {
    JarOpened: (_state, { data }) => ({ status: 'open', goalCents: data.goalCents, savedCents: 0 }),
    MoneySaved: (state, { data }) =>
      state.status === 'open' ? { ...state, savedCents: state.savedCents + data.cents } : state,
    JarFilled: (): JarState => ({ status: 'full' }),
    JarClosed: (): JarState => ({ status: 'closed' }),
  },
  decide: {
    OpenJar: (data, state) =>
      state.status === 'none' ? accept({ type: 'JarOpened', data }) : reject('already-opened'),
    SaveMoney: (data, state) => {
      if (state.status !== 'open') return reject('not-open', { status: state.status });
      const { goalCents, savedCents } = state;
      if (savedCents + data.cents < goalCents) return accept({ type: 'MoneySaved', data });
      return accept({ type: 'MoneySaved', data }, { type: 'JarFilled', data: { goalCents } });
    },
    // To close a closed jar again decides nothing: a command that is repeated changes nothing.
    CloseJar: (data, state) => {
      if (state.status === 'closed') return accept();
      return state.status === 'open' ? accept({ type: 'JarClosed', data }) : reject('not-open');
    },
  },
});
