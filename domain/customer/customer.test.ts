import { given } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { ann, annMoved, annRegistered, annsMove, closed } from '../../test/reference/people.ts';
import { customer } from './customer.ts';

const itself = { id: 'ann' };

describe('a customer', () => {
  test('is registered once, under its own id', () => {
    given(customer).when('RegisterCustomer', ann, itself).then([annRegistered]);
    given(customer, [annRegistered])
      .when('RegisterCustomer', ann, itself)
      .thenRejected('already-registered');
    given(customer)
      .when('RegisterCustomer', ann, { id: 'bob' })
      .thenRejected('another-customer', { customer: 'bob' });
  });

  test('moves with its name', () => {
    given(customer, [annRegistered]).when('MoveCustomer', annsMove, itself).then([annMoved]);
    given(customer, [annRegistered, annMoved]).thenState({
      status: 'registered',
      ...annsMove,
      name: ann.name,
    });
  });

  test('that is not registered neither moves nor is closed', () => {
    given(customer).when('MoveCustomer', annsMove, itself).thenRejected('not-registered');
    given(customer).when('CloseCustomer', {}, itself).thenRejected('not-registered');
  });

  test('never moves as another', () => {
    given(customer, [annRegistered])
      .when('MoveCustomer', { ...annsMove, customer: 'bob' }, itself)
      .thenRejected('another-customer', { customer: 'ann' });
  });

  test('that is closed takes no command, and keeps its id alone', () => {
    given(customer, [annRegistered])
      .when('CloseCustomer', {}, itself)
      .then([closed])
      .thenState({ status: 'closed', customer: 'ann' });
    for (const [command, data] of [
      ['RegisterCustomer', ann],
      ['MoveCustomer', annsMove],
      ['CloseCustomer', {}],
    ] as const) {
      given(customer, [annRegistered, closed])
        .when(command, data as never, itself)
        .thenRejected('stream-ended');
    }
  });
});

test('a name of blanks and an address without a city are refused', () => {
  const wrong = [
    { ...ann, name: '  ' },
    { ...ann, address: { ...ann.address, city: '' } },
  ];
  for (const data of wrong) {
    expect(() => given(customer).when('RegisterCustomer', data, itself)).toThrow();
  }
});
