/** The guides' example of events that have changed: a support ticket. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

// #region field
const opened = z.strictObject({ title: z.string() });

const TicketOpened = event(opened).upcast(
  opened.extend({ priority: z.enum(['low', 'high']) }),
  (before) => ({ ...before, priority: 'low' }),
);
// #endregion

// #region rename
const note = z.strictObject({ text: z.string() });

const events = {
  TicketOpened,
  /** The name until March. It is stored, so it stays; nothing decides it any more. */
  TicketNoted: event(note),
  CommentAdded: event(note),
};
// #endregion

interface TicketState {
  readonly isOpen: boolean;
  readonly comments: number;
}

// #region both
const comment = (state: TicketState) => ({ ...state, comments: state.comments + 1 });

const evolve = {
  TicketOpened: () => ({ isOpen: true, comments: 0 }),
  TicketNoted: comment,
  CommentAdded: comment,
};
// #endregion

export const ticket = defineAggregate({
  name: 'ticket',
  events,
  commands: {
    OpenTicket: z.strictObject({ title: z.string(), priority: z.enum(['low', 'high']) }),
    AddComment: note,
  },
  initialState: (): TicketState => ({ isOpen: false, comments: 0 }),
  evolve,
  decide: {
    OpenTicket: (data, { isOpen }) =>
      isOpen ? reject('already-open') : accept({ type: 'TicketOpened', data }),
    AddComment: (data, { isOpen }) =>
      isOpen ? accept({ type: 'CommentAdded', data }) : reject('not-open'),
  },
});
