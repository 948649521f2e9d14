/** What `defineAccess` infers of an app: each marked line must not compile. */
import { defineAccess } from 'ledge';
import { principal } from 'ledge/testing';
import * as z from 'zod';
import { app } from '../shop/app.ts';

const claims = z.object({ customer: z.string().optional(), level: z.int().default(0) });

export const access = defineAccess(app, {
  claims,
  roles: {
    customer: {
      commands: {
        order: {
          PlaceOrder: { data: ({ customer }, caller) => customer === caller.claims.customer },
          CancelOrder: {
            state: (order, caller) =>
              order.status !== 'none' && order.customer === caller.claims.customer,
          },
        },
      },
      read: { product: true },
      rows: { orders: { customer: (caller) => caller.claims.customer, country: ['Norway'] } },
      journal: ['order'],
      operate: ['sagas'],
    },
    clerk: { rows: { products: 'all' } },
  },
});

principal(access, { id: 'user:ann', roles: ['customer', 'clerk'], claims: {} });
// @ts-expect-error there is no such role
principal(access, { id: 'user:ann', roles: ['clark'], claims: {} });
// @ts-expect-error a claim of another type
principal(access, { id: 'user:ann', roles: ['clerk'], claims: { customer: 7 } });

defineAccess(app, { claims, roles: { clerk: {} }, limits: { clerk: { class: 'low', polls: 2 } } });
defineAccess(app, { claims, roles: { clerk: {} }, limits: { clerk: { commands: '5/day' } } });
// @ts-expect-error a quota is of a minute, an hour or a day
defineAccess(app, { claims, roles: { clerk: {} }, limits: { clerk: { commands: '5/week' } } });
// @ts-expect-error limits are of roles that are defined
defineAccess(app, { claims, roles: { clerk: {} }, limits: { clark: { class: 'low' } } });
// @ts-expect-error there is no such class
defineAccess(app, { claims, roles: { clerk: {} }, limits: { clerk: { class: 'middle' } } });
// @ts-expect-error there is no such aggregate
defineAccess(app, { claims, roles: { clerk: { commands: { oder: 'all' } } } });
// @ts-expect-error there is no such command
defineAccess(app, { claims, roles: { clerk: { commands: { order: { Place: true } } } } });
defineAccess(app, {
  claims,
  // @ts-expect-error the command has no such member
  roles: { clerk: { commands: { order: { CancelOrder: { data: ({ why }) => why === '' } } } } },
});
defineAccess(app, {
  claims,
  // @ts-expect-error the state has no such member
  roles: { clerk: { commands: { order: { CancelOrder: { state: ({ x }) => x === 1 } } } } },
});
defineAccess(app, {
  claims,
  // @ts-expect-error there is no such claim
  roles: { clerk: { read: { order: { state: (_, caller) => caller.claims.vip === true } } } },
});
defineAccess(app, {
  claims,
  // @ts-expect-error a rule returns a boolean
  roles: { clerk: { read: { order: { state: (order) => order.status } } } },
});
defineAccess(app, {
  claims,
  // @ts-expect-error a promise would be waited for
  roles: { clerk: { read: { order: { state: async () => true } } } },
});
// @ts-expect-error there is no such table
defineAccess(app, { claims, roles: { clerk: { rows: { sales: 'all' } } } });
// @ts-expect-error the table has no such column
defineAccess(app, { claims, roles: { clerk: { rows: { orders: { region: 'x' } } } } });
// @ts-expect-error the column holds another type
defineAccess(app, { claims, roles: { clerk: { rows: { orders: { customer: 7 } } } } });
// @ts-expect-error there is no such area
defineAccess(app, { claims, roles: { clerk: { operate: ['projections'] } } });
// @ts-expect-error a journal of aggregates of the app
defineAccess(app, { claims, roles: { clerk: { journal: ['invoice'] } } });
// @ts-expect-error there is no such grant
defineAccess(app, { claims, roles: { clerk: { command: 'all' } } });
