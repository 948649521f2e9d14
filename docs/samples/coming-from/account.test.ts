/** An account pays out no more than it has. */
import { given } from 'ledge/testing';
import { test } from 'vitest';
import { account } from './account.ts';

test('an account pays out no more than it has', () => {
  given(account, [{ type: 'Deposited', data: { cents: 500 } }])
    .when('Withdraw', { cents: 300 })
    .then([{ type: 'Withdrawn', data: { cents: 300 } }])
    .when('Withdraw', { cents: 300 })
    .thenRejected('not-enough-money', { balanceCents: 200 });
  given(account)
    .when('Deposit', { cents: 5 })
    .then([{ type: 'Deposited', data: { cents: 5 } }]);
});
