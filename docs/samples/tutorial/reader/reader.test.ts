/** What a reader owes. */
import { given } from 'ledge/testing';
import { test } from 'vitest';
import { reader } from './reader.ts';

test('a reader pays no more than is owed', () => {
  given(reader)
    .when('ChargeFine', { cents: 150, book: 'dune' })
    .then([{ type: 'FineCharged', data: { cents: 150, book: 'dune' } }])
    .when('PayFine', { cents: 100 })
    .then([{ type: 'FinePaid', data: { cents: 100 } }])
    .when('PayFine', { cents: 100 })
    .thenRejected('not-so-much-owed', { owedCents: 50 });
});
