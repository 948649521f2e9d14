import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { app } from '../../test/shop/app.ts';
import { type Access, defineAccess } from './define-access.ts';
import { Rights } from './rights.ts';
import { grantsCommand, grantsReading } from './state-rules.ts';

const claims = z.object({
  customer: z.string().optional(),
  regions: z.array(z.string()).default([]),
});

const access = defineAccess(app, {
  claims,
  roles: {
    customer: {
      commands: {
        order: {
          PlaceOrder: { data: ({ customer }, caller) => customer === caller.claims.customer },
          CancelOrder: { state: (order) => order.status === 'placed' },
          ConfirmOrder: {
            data: (_data, { aggregateId }) => aggregateId === 'mine',
            state: (order) => order.status === 'placed',
          },
          MarkShipped: {},
        },
      },
      read: { order: { state: (order) => order.status !== 'none' } },
      rows: { orders: { customer: (caller) => caller.claims.customer } },
    },
    clerk: {
      commands: { order: 'all', product: { ReceiveStock: true } },
      read: { order: true },
      rows: { orders: { country: (caller) => caller.claims.regions }, products: 'all' },
      journal: ['order'],
      inspect: ['sagas'],
    },
    regional: { rows: { orders: { country: 'Norway' } } },
    chief: {
      commands: 'all',
      read: 'all',
      rows: 'all',
      journal: 'all',
      operate: ['timers'],
      backdate: true,
    },
    broken: {
      commands: {
        order: {
          PlaceOrder: { data: () => thrown() },
          CancelOrder: { state: () => thrown() },
          ConfirmOrder: { data: () => 1 as unknown as boolean },
          MarkShipped: { state: () => Promise.resolve(true) as unknown as boolean },
        },
      },
      read: { order: { state: () => thrown() } },
      rows: { orders: { customer: () => thrown() } },
    },
  },
});

function thrown(): never {
  throw new Error('a bug in a rule');
}

const faults: unknown[] = [];

function rightsOf(roles: readonly string[], given: object = {}, rules: Access = access): Rights {
  const principal = { id: 'user:ann', tenant: 'main', roles, claims: given };
  return Rights.of(rules, principal, (error) => faults.push(error));
}

function verdict(rights: Rights, command: string, data: unknown = {}, id = 'o-1'): string {
  const found = rights.command({ aggregate: 'order', id }, command, data);
  if (found === undefined) return 'granted';
  if ('outcome' in found) return found.outcome;
  return found.execute ? `asks ${found.execute.roles}` : 'granted without its events';
}

describe('AC1 a command is granted by a role, and by nothing else', () => {
  const ann = { customer: 'ann' };
  test.each([
    ['no role', [], 'PlaceOrder', ann, 'forbidden'],
    ['an unknown role', ['boss'], 'PlaceOrder', ann, 'forbidden'],
    ['a name that every object has', ['constructor'], 'PlaceOrder', ann, 'forbidden'],
    ['another such name', ['__proto__'], 'PlaceOrder', ann, 'forbidden'],
    ['data that the rule grants', ['customer'], 'PlaceOrder', ann, 'granted without its events'],
    ['data that it does not', ['customer'], 'PlaceOrder', { customer: 'bob' }, 'forbidden'],
    ['a rule over the state', ['customer'], 'CancelOrder', {}, 'asks customer'],
    ['a rule without conditions', ['customer'], 'MarkShipped', {}, 'forbidden'],
    ['a command that is not named', ['customer'], 'toString', {}, 'forbidden'],
    ['all commands of the aggregate', ['clerk'], 'CancelOrder', {}, 'granted'],
    ['one role of several', ['customer', 'clerk'], 'CancelOrder', {}, 'granted'],
    ['all commands', ['chief'], 'CancelOrder', {}, 'granted'],
  ])('%s', (_name, roles, command, data, expected) => {
    expect(verdict(rightsOf(roles, ann), command, data)).toMatch(expected);
  });

  test('of both conditions of a rule the data comes first', () => {
    const rights = rightsOf(['customer']);
    expect(verdict(rights, 'ConfirmOrder', {}, 'mine')).toBe('asks customer');
    expect(verdict(rights, 'ConfirmOrder', {}, 'theirs')).toBe('forbidden');
  });

  test('the refusal names the grant', () => {
    expect(rightsOf([]).command({ aggregate: 'order', id: 'x' }, 'PlaceOrder', {})).toEqual({
      outcome: 'forbidden',
      needs: 'command order/PlaceOrder',
      detail: 'No role of the caller grants this: command order/PlaceOrder.',
    });
  });
});

describe('AC5 what is wrong refuses', () => {
  test('claims that the schema refuses leave no role', () => {
    const rights = rightsOf(['chief'], { customer: 7 });
    expect(verdict(rights, 'PlaceOrder')).toBe('forbidden');
    expect(rights.rows).toEqual({});
    expect(rights.journal).toEqual([]);
    expect(rights.mayBackdate).toBe(false);
  });

  test('a rule that throws is reported, one that returns no boolean is not true', () => {
    faults.length = 0;
    const rights = rightsOf(['broken']);
    expect(verdict(rights, 'PlaceOrder')).toBe('forbidden');
    expect(verdict(rights, 'ConfirmOrder')).toBe('forbidden');
    expect(rights.rows).toEqual({ orders: { customer: [] } });
    expect(faults).toHaveLength(2);
  });

  test('a rule that mutates data or claims throws, and changes nothing', () => {
    const rules = defineAccess(app, {
      claims,
      roles: {
        careless: {
          commands: {
            order: {
              PlaceOrder: { data: (data) => Object.assign(data, { customer: 'bob' }) !== null },
              CancelOrder: { data: (_data, caller) => caller.claims.regions.push('Norway') > 0 },
            },
          },
        },
      },
    });
    const given = { regions: ['Austria'] };
    const data = { customer: 'ann' };
    expect(verdict(rightsOf(['careless'], given, rules), 'PlaceOrder', data)).toBe('forbidden');
    expect(verdict(rightsOf(['careless'], given, rules), 'CancelOrder')).toBe('forbidden');
    expect([data, given]).toEqual([{ customer: 'ann' }, { regions: ['Austria'] }]);
  });

  test('in the object, too', () => {
    faults.length = 0;
    const question = {
      caller: { id: 'user:ann', tenant: 'main', roles: [], claims: {}, aggregateId: 'o-1' },
      roles: ['broken', 'unknown', '__proto__'],
    };
    const report = (error: unknown) => faults.push(error);
    for (const name of ['CancelOrder', 'MarkShipped', 'PlaceOrder', 'constructor']) {
      const command = { aggregate: 'order', name };
      expect(grantsCommand(access, question, command, {}, report)).toBe(false);
    }
    expect(grantsReading(access, question, 'order', {}, report)).toBe(false);
    expect(faults).toHaveLength(2);
  });

  test('a missing claim and an empty list match no row', () => {
    expect(rightsOf(['customer']).rows).toEqual({ orders: { customer: [] } });
    expect(rightsOf(['clerk']).rows).toEqual({ orders: { country: [] }, products: 'all' });
  });
});

describe('AC8 rows of several roles', () => {
  const given = { customer: 'ann', regions: ['Austria'] };
  test.each([
    ['one role', ['customer'], { orders: { customer: ['ann'] } }],
    [
      'the same column',
      ['clerk', 'regional'],
      { orders: { country: ['Austria', 'Norway'] }, products: 'all' },
    ],
    ['different columns leave no row', ['customer', 'clerk'], { products: 'all' }],
    ['all of them', ['customer', 'chief'], 'all'],
    ['a role that is named twice', ['customer', 'customer'], { orders: { customer: ['ann'] } }],
    ['an unknown role', ['boss'], {}],
  ])('%s', (_name, roles, expected) => {
    expect(rightsOf(roles, given).rows).toEqual(expected);
  });
});

test('AC1 reading, the journal and operating are granted by name', () => {
  const [customer, clerk, chief] = [['customer'], ['clerk'], ['chief']].map((roles) =>
    rightsOf(roles),
  );
  expect(customer?.read({ aggregate: 'order', id: 'o-1' })).toMatchObject({ roles: ['customer'] });
  expect(customer?.read({ aggregate: 'product', id: 'chai' })).toMatchObject({
    needs: 'read product',
  });
  expect(clerk?.read({ aggregate: 'order', id: 'o-1' })).toBeUndefined();
  expect(chief?.read({ aggregate: 'payment', id: 'o-1' })).toBeUndefined();
  expect([customer?.journal, clerk?.journal, chief?.journal]).toEqual([[], ['order'], 'all']);
  expect([clerk?.mayInspect('sagas'), clerk?.mayOperate('sagas')]).toEqual([true, false]);
  expect([chief?.mayInspect('timers'), chief?.mayOperate('timers')]).toEqual([true, true]);
  expect([clerk?.mayBackdate, chief?.mayBackdate]).toEqual([false, true]);
});

describe('AC9 rules that cannot hold are refused where they are defined', () => {
  test.each<[string, object, string]>([
    ['a role of the deployment', { operator: {} }, 'The role operator'],
    ['an unknown aggregate', { clerk: { commands: { oder: 'all' } } }, 'aggregate oder'],
    ['an unknown aggregate to read', { clerk: { read: { oder: true } } }, 'aggregate oder'],
    ['an unknown aggregate to follow', { clerk: { journal: ['oder'] } }, 'aggregate oder'],
    ['an unknown table', { clerk: { rows: { sales: 'all' } } }, 'table sales'],
    ['an unknown column', { clerk: { rows: { orders: { region: 'x' } } } }, 'region'],
    [
      'a rule without an index',
      { clerk: { rows: { orders: { status: 'placed' } } } },
      'needs an index',
    ],
    ['a rule without a column', { clerk: { rows: { orders: {} } } }, 'no column'],
  ])('%s', (_name, roles, text) => {
    expect(() => defineAccess(app, { claims, roles })).toThrow(text);
  });
});
