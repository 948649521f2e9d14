/** What a user can and cannot write in `defineInbound`. Checked by the compiler, never run. */
import {
  accept,
  command,
  credential,
  debezium,
  defineAccess,
  defineAggregate,
  defineApp,
  defineInbound,
  event,
  hmac,
  ignore,
  personal,
  plainCommand,
  standardWebhook,
} from 'ledge';
import * as z from 'zod';

const placed = z.strictObject({ customer: z.string(), name: personal(z.string(), 'customer') });

const order = defineAggregate({
  name: 'order',
  events: { Placed: event(placed) },
  commands: { Place: placed, Cancel: z.strictObject({}) },
  initialState: () => null,
  evolve: { Placed: () => null },
  decide: { Place: () => accept(), Cancel: () => accept() },
});

const base = {
  name: 'shop',
  verify: standardWebhook('SHOP_SECRET'),
  input: z.object({ id: z.string(), count: z.int() }),
} as const;

export const shop = defineInbound({
  ...base,
  tenant: 'main',
  key: ({ id }) => id,
  on: ({ id, count }) =>
    count > 0
      ? [
          command(order, id, 'Cancel', {}),
          plainCommand(order, id, 'Place', { customer: 'a', name: 'Ann' }),
        ]
      : ignore('nothing'),
});

// @ts-expect-error the message has no such field
defineInbound({ ...base, key: ({ name }) => name, on: () => [] });
// @ts-expect-error a key is a text
defineInbound({ ...base, key: ({ count }) => count, on: () => [] });
// @ts-expect-error a mapping returns commands, or ignore(…)
defineInbound({ ...base, key: ({ id }) => id, on: () => 'nothing' });
// @ts-expect-error a mapping is pure: it returns no promise
defineInbound({ ...base, key: ({ id }) => id, on: async () => [] });
// @ts-expect-error the tenant is that of the credential
defineInbound({ ...base, verify: credential(), tenant: 'main', key: ({ id }) => id, on: () => [] });
// @ts-expect-error there is no such encoding
hmac({ header: 'x-signature', algorithm: 'SHA-256', secret: 'SECRET', encoding: 'base32' });
// @ts-expect-error there is no such command
plainCommand(order, 'o-1', 'Plaace', {});
// @ts-expect-error the data lacks a field
plainCommand(order, 'o-1', 'Place', { customer: 'a' });

const legacy = defineInbound({
  ...{ name: 'legacy', verify: credential() },
  ...debezium({
    'inventory.orders': ({ after, op }) =>
      op === 'read' || !after ? ignore(op) : command(order, String(after.id), 'Cancel', {}),
  }),
});
// @ts-expect-error there is no such operation
debezium({ 'inventory.orders': ({ op }) => (op === 'truncate' ? ignore(op) : []) });

const app = defineApp({ aggregates: [order], inbound: [shop, legacy] });
const claims = z.object({});
defineAccess(app, { claims, roles: { partner: { inbound: ['legacy'] }, all: { inbound: 'all' } } });
// @ts-expect-error there is no such inbound
defineAccess(app, { claims, roles: { partner: { inbound: ['legasy'] } } });
