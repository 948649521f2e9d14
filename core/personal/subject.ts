/**
 * A subject is a person whose personal fields have a key of their own: a stream of Ledge's own in the tenant,
 * `ledge.subject/{subject}`. Its object has the key beside the log, and follows these events in their transaction:
 * authorized, it has a key; forgotten, it has none. A forgotten subject gets another key by a recorded word alone.
 */
import * as z from 'zod';
import { OWN_AGGREGATE_PREFIX } from '../access/own-tenant.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept, reject } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';

const reasoned = z.strictObject({ reason: z.string() });

/** The number of its key: 1 for the first, and one more after each forgetting. */
const keyed = z.strictObject({ incarnation: z.int().min(1), reason: z.string() });

const events = {
  SubjectAuthorized: event(keyed),
  SubjectForgotten: event(keyed),
  SubjectHeld: event(reasoned),
  SubjectReleased: event(reasoned),
};

const commands = {
  /** By the first personal field that is sealed. */
  RegisterSubject: z.strictObject({}),
  ForgetSubject: reasoned,
  HoldSubject: reasoned,
  ReleaseSubject: reasoned,
  AuthorizeSubject: reasoned,
};

export type SubjectState =
  | { readonly status: 'unknown' }
  | {
      readonly status: 'known';
      readonly incarnation: number;
      /** The reason of a legal hold, during which it is not forgotten. */
      readonly held: string | null;
    }
  | { readonly status: 'forgotten'; readonly incarnation: number };

export type SubjectEvent = keyof typeof events;
export type SubjectCommand = keyof typeof commands;

export const subject = defineAggregate({
  name: `${OWN_AGGREGATE_PREFIX}subject`,
  events,
  commands,
  initialState: (): SubjectState => ({ status: 'unknown' }),
  evolve: {
    SubjectAuthorized: (_state, { data: { incarnation } }) => ({
      ...{ status: 'known', incarnation, held: null },
    }),
    SubjectForgotten: (_state, { data: { incarnation } }) => ({ status: 'forgotten', incarnation }),
    SubjectHeld: (state, { data: { reason } }) => held(state, reason),
    SubjectReleased: (state) => held(state, null),
  },
  decide: {
    RegisterSubject: (_data, { status }) => {
      if (status === 'forgotten') return reject('subject-forgotten');
      if (status === 'known') return accept();
      const data = { incarnation: 1, reason: 'The first personal field was sealed.' };
      return accept({ type: 'SubjectAuthorized', data });
    },
    ForgetSubject: ({ reason }, state) => {
      if (state.status === 'unknown') return reject('subject-unknown');
      if (state.status === 'forgotten') return accept();
      if (state.held !== null) return reject('subject-held');
      return accept({ type: 'SubjectForgotten', data: { incarnation: state.incarnation, reason } });
    },
    HoldSubject: (data, state) => {
      if (state.status !== 'known') return reject(`subject-${state.status}`);
      return state.held === data.reason ? accept() : accept({ type: 'SubjectHeld', data });
    },
    ReleaseSubject: (data, state) => {
      if (state.status !== 'known') return reject(`subject-${state.status}`);
      return state.held === null ? accept() : accept({ type: 'SubjectReleased', data });
    },
    /** Never silently: what is sealed from then on has another key, and what was forgotten stays so. */
    AuthorizeSubject: ({ reason }, state) => {
      if (state.status === 'unknown') return reject('subject-unknown');
      if (state.status === 'known') return accept();
      const data = { incarnation: state.incarnation + 1, reason };
      return accept({ type: 'SubjectAuthorized', data });
    },
  },
});

function held(state: SubjectState, reason: string | null): SubjectState {
  return state.status === 'known' ? { ...state, held: reason } : state;
}
