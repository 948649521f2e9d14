/** What a user can and cannot write in `defineAggregate`. Checked by the compiler, never run. */
import * as z from 'zod';
import { defineAggregate, type ReasonOf } from '../../core/aggregate.ts';
import { accept, cancel, reject, schedule } from '../../core/decision.ts';
import { type EventOf, event } from '../../core/event.ts';
import { type Equal, expectTrue } from './equal.ts';

const events = {
  Opened: event(z.strictObject({ owner: z.string() })),
  Deposited: event(z.strictObject({ cents: z.int() })),
};
const commands = {
  Open: z.strictObject({ owner: z.string() }),
  Deposit: z.strictObject({ cents: z.int(), note: z.string().default('') }),
};

type State = { readonly status: 'none' } | { readonly status: 'open'; readonly cents: number };

const initialState = (): State => ({ status: 'none' });
const parts = { name: 'account', events, commands, initialState };

const evolve = {
  Opened: (): State => ({ status: 'open', cents: 0 }),
  Deposited: (state: State): State => state,
};
const decide = { Open: () => accept(), Deposit: () => accept() };

/* What compiles, without a type argument. */

const account = defineAggregate({
  name: 'account',
  events,
  commands,
  initialState,
  evolve: {
    Opened: (state, { type, data }) => {
      expectTrue<Equal<typeof state, State>>();
      expectTrue<Equal<typeof type, 'Opened'>>();
      expectTrue<Equal<typeof data, { owner: string }>>();
      return { status: 'open', cents: 0 };
    },
    Deposited: (state) => state,
  },
  decide: {
    Open: ({ owner }, state, { newId }) => {
      expectTrue<Equal<typeof state, State>>();
      if (state.status === 'open') return reject('already-open', { id: newId() });
      if (owner === '') return reject('nobody');
      return accept({ type: 'Opened', data: { owner } }, { type: 'Deposited', data: { cents: 0 } });
    },
    Deposit: (command) => {
      expectTrue<Equal<typeof command, { cents: number; note: string }>>();
      return accept({ type: 'Deposited', data: { cents: command.cents } });
    },
  },
});

expectTrue<Equal<typeof account.name, 'account'>>();
expectTrue<Equal<ReasonOf<typeof account.decide.Open>, 'already-open' | 'nobody'>>();
expectTrue<Equal<ReasonOf<typeof account.decide.Deposit>, never>>();
expectTrue<
  Equal<
    EventOf<typeof account.events>,
    | { readonly type: 'Opened'; readonly data: { owner: string } }
    | { readonly type: 'Deposited'; readonly data: { cents: number } }
  >
>();

/* Handlers: one for each, no more, no fewer. */

defineAggregate({
  ...parts,
  // @ts-expect-error: nothing evolves Deposited
  evolve: { Opened: evolve.Opened },
  decide,
});

defineAggregate({
  ...parts,
  // @ts-expect-error: there is no event Closed
  evolve: { ...evolve, Closed: (state: State) => state },
  decide,
});

defineAggregate({
  ...parts,
  evolve,
  // @ts-expect-error: nothing decides Deposit
  decide: { Open: decide.Open },
});

defineAggregate({
  ...parts,
  evolve,
  // @ts-expect-error: there is no command Close
  decide: { ...decide, Close: () => accept() },
});

/* Decisions: the aggregate's own events, with their own data. */

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: cents are a number
    Deposit: () => accept({ type: 'Deposited', data: { cents: '5' } }),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: Deposited needs cents
    Deposit: () => accept({ type: 'Deposited', data: {} }),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: that is the data of another event
    Deposit: () => accept({ type: 'Deposited', data: { owner: 'ann' } }),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: there is no event Closed
    Deposit: () => accept({ type: 'Closed', data: {} }),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: a decision is accept or reject
    Deposit: () => ({ type: 'Deposited', data: { cents: 5 } }),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: deciding waits for nothing
    Deposit: async () => accept(),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: Open has no cents
    Open: ({ cents }) => (cents ? accept() : accept()),
  },
});

/* Timers: the aggregate's own commands, with their own data. */

const soon = '2026-05-04T12:00:00.000Z';

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    Open: () =>
      accept().with(
        schedule('fee', { at: soon, command: 'Deposit', data: { cents: 5 } }),
        cancel('gift'),
      ),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: there is no command Close
    Open: () => accept().with(schedule('end', { at: soon, command: 'Close', data: {} })),
  },
});

defineAggregate({
  ...parts,
  evolve,
  decide: {
    ...decide,
    // @ts-expect-error: Deposit needs cents
    Open: () => accept().with(schedule('fee', { at: soon, command: 'Deposit', data: {} })),
  },
});

/* Rejections: JSON. */

// @ts-expect-error: a date would become a text on its way
reject('late', { at: new Date() });

// @ts-expect-error: a rejection has a reason
reject();

/* States. */

defineAggregate({
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: an open account has cents
    Opened: () => ({ status: 'open' }),
  },
  decide,
});

defineAggregate({
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: there is no such status
    Opened: () => ({ status: 'closed', cents: 0 }),
  },
  decide,
});

defineAggregate({
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: before it is open there are no cents
    Deposited: (state, { data }) => ({ ...state, cents: state.cents + data.cents }),
  },
  decide,
});

defineAggregate({
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: Deposited has no owner
    Deposited: (state, { data }) => (data.owner ? state : state),
  },
  decide,
});

defineAggregate({
  ...parts,
  evolve: {
    ...evolve,
    // @ts-expect-error: TypeScript looks at a function without parameters before it knows the state
    Opened: () => ({ status: 'open', cents: 0 }),
  },
  decide,
});

defineAggregate({
  ...parts,
  evolve: { ...evolve, Opened: (_state) => ({ status: 'open', cents: 0 }) },
  decide,
});

/* Upcasters: from the version before, to the version that they introduce. */

const lifted = event(z.strictObject({ euros: z.number() })).upcast(
  z.strictObject({ cents: z.int() }),
  (v1) => {
    expectTrue<Equal<typeof v1, { euros: number }>>();
    return { cents: v1.euros * 100 };
  },
);
expectTrue<Equal<EventOf<{ Lifted: typeof lifted }>['data'], { cents: number }>>();

event(z.strictObject({ euros: z.number() })).upcast(
  z.strictObject({ cents: z.int() }),
  // @ts-expect-error: the new version needs cents
  ({ euros }) => ({ euros }),
);

event(z.strictObject({ euros: z.number() })).upcast(
  z.strictObject({ cents: z.int() }),
  // @ts-expect-error: the version before has no cents
  ({ cents }) => ({ cents }),
);
