/** Old events of the guides' ticket are read in their new shape. */
import { given } from 'ledge/testing';
import { test } from 'vitest';
import { ticket } from './ticket.ts';

// #region test
test('a ticket from before priorities is read with a low one', () => {
  given(ticket, [{ type: 'TicketOpened', schemaVersion: 1, data: { title: 'Broken' } }])
    .when('AddComment', { text: 'Again' })
    .then([{ type: 'CommentAdded', data: { text: 'Again' } }]);
});
// #endregion

test('an event under its old name counts like one under its new name', () => {
  given(ticket, [
    { type: 'TicketOpened', data: { title: 'Broken', priority: 'low' } },
    { type: 'TicketNoted', data: { text: 'Still' } },
    { type: 'CommentAdded', data: { text: 'Again' } },
  ]).thenState({ isOpen: true, comments: 2 });
});
