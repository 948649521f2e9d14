import { expect, test } from 'vitest';
import { account, accounts, savings } from '../../test/controls/account.ts';
import { opened } from '../../test/controls/stored-events.ts';
import { defineReactor } from '../process/reactor.ts';
import { handleEvent, readStored } from './handle-event.ts';
import { keyOf, tablesOf } from './projection-version.ts';

const reaction = { aggregate: 'account', id: 'b', command: 'Deposit', data: { cents: 1 } };
const mirrors = defineReactor({
  name: 'mirrors',
  from: [account],
  on: { account: { AccountOpened: () => reaction } },
});
const event = readStored(savings, opened('account/a'));

test('a projection answers an event with row changes, a reactor with commands', () => {
  expect(handleEvent(accounts, event)).toMatchObject({ changes: [{}], reactions: [] });
  expect(handleEvent(mirrors, event)).toEqual({
    changes: [],
    reactions: [reaction],
    published: [],
  });
});

test('a handler that throws and an event that cannot be read are errors, not exceptions', () => {
  const error = new Error('broken');
  const broken = defineReactor({
    name: 'broken',
    from: [account],
    on: {
      account: {
        AccountOpened: () => {
          throw error;
        },
      },
    },
  });
  expect(handleEvent(broken, event)).toEqual({ error });
  const unreadable = readStored(savings, { ...opened('account/a'), type: 'Vanished' });
  expect(handleEvent(accounts, unreadable)).toEqual({ error: unreadable });
});

test('a reactor is stored as one generation without tables', () => {
  expect([keyOf(mirrors), tablesOf(mirrors)]).toEqual(['mirrors@1', []]);
});
