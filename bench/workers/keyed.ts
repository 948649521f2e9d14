/** `held-back.ts` as a deployment: an API key, its tenant in the directory, and rules for each command. */
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { app } from '../../test/shop/app.ts';
import { ledge } from '../../worker/ledge.ts';

const access = defineAccess(app, {
  claims: z.strictObject({ quantityMax: z.int() }),
  roles: {
    storekeeper: {
      commands: {
        product: {
          RegisterProduct: true,
          ReceiveStock: {
            data: ({ quantity }, { claims }) => quantity <= claims.quantityMax,
            state: ({ status }) => status === 'registered',
          },
        },
      },
    },
  },
});

const {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
  ...worker
} = ledge(app, {
  sendEvents: async () => undefined,
  access,
});

export {
  AggregateObject,
  GroupObject,
  HealthObject,
  LiveObject,
  RebuildObject,
  SubscriptionObject,
};
export default worker;
