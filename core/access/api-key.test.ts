import { describe, test } from 'vitest';
import { given } from '../testing/index.ts';
import { apiKey } from './api-key.ts';
import { keyList } from './key-list.ts';

const grant = {
  tenant: 'main',
  principal: 'service:shop',
  roles: ['operator', 'clerk'],
  claims: { countries: ['Norway'] },
  hash: 'aa',
  expiresAt: '2027-02-01T00:00:00.000Z',
  note: 'the shop server',
};
const issued = { type: 'KeyIssued', data: grant } as const;
const revoked = { type: 'KeyRevoked', data: { reason: 'left in a log' } } as const;
const now = '2027-01-01T00:00:00.000Z';

describe('AK2 the stream of a key', () => {
  test('begins with what is granted, once', () => {
    given(apiKey, []).when('IssueKey', grant).then([issued]);
    given(apiKey, [issued]).when('IssueKey', grant).thenRejected('key-exists');
  });

  test('rotates: the secret before is valid until the grace period ends', () => {
    const data = { hash: 'bb', previousUntil: '2027-01-02T00:00:00.000Z' };
    given(apiKey, [issued])
      .when('RotateKey', { hash: 'bb', graceMs: 86_400_000 }, { now })
      .then([{ type: 'KeyRotated', data }]);
  });

  test('does not rotate once it has expired or is revoked, nor before it is issued', () => {
    const rotation = { hash: 'bb', graceMs: 0 };
    given(apiKey, []).when('RotateKey', rotation).thenRejected('key-unknown');
    given(apiKey, [issued, revoked]).when('RotateKey', rotation).thenRejected('key-revoked');
    given(apiKey, [issued])
      .when('RotateKey', rotation, { now: grant.expiresAt })
      .thenRejected('key-expired');
  });

  test('is revoked once: a repeat changes nothing', () => {
    given(apiKey, [issued]).when('RevokeKey', revoked.data).then([revoked]);
    given(apiKey, [issued, revoked]).when('RevokeKey', { reason: 'again' }).thenNothing();
    given(apiKey, []).when('RevokeKey', revoked.data).thenRejected('key-unknown');
  });
});

test('AK2 the list of keys is its events', () => {
  given(keyList, [])
    .when('ListKey', { key: 'k-1' })
    .then([{ type: 'KeyListed', data: { key: 'k-1' } }]);
});
