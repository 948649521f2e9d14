/** No two members have one e-mail address. */
import { command } from 'ledge';
import { given, givenSaga } from 'ledge/testing';
import { test } from 'vitest';
import { claimId, claiming, emailClaim, signup } from './unique-email.ts';

const ann = { member: 'ann' };
const requested = {
  aggregate: signup,
  id: 'ann',
  type: 'SignupRequested',
  data: { email: 'Ann@example.com' },
} as const;
const claim = command(emailClaim, claimId('ann@example.com'), 'ClaimEmail', ann);

test('an address has one owner, and its owner may claim it again', () => {
  given(emailClaim, [{ type: 'EmailClaimed', data: ann }])
    .when('ClaimEmail', { member: 'ben' })
    .thenRejected('taken');
  given(emailClaim, [{ type: 'EmailClaimed', data: ann }])
    .when('ClaimEmail', ann)
    .then([]);
  given(emailClaim, [{ type: 'EmailClaimed', data: ann }])
    .when('ReleaseEmail', { member: 'ben' })
    .then([]);
});

test('a signup is confirmed once its address is claimed', () => {
  givenSaga(claiming, 'ann')
    .whenEvent(requested)
    .thenSends({ 'claim/0': claim })
    .whenSettled('claim/0')
    .thenSends({ 'confirm/0': command(signup, 'ann', 'ConfirmSignup', {}) });
});

test('a signup with a taken address is refused', () => {
  givenSaga(claiming, 'ann')
    .whenEvent(requested)
    .whenSettled('claim/0', 'taken')
    .thenSends({ 'afterwards/0': command(signup, 'ann', 'RefuseSignup', { reason: 'taken' }) });
});
