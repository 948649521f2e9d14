/** What the shop of the tests publishes of its products. */
import * as z from 'zod';
import { definePublication } from '../../../core/publication/define-publication.ts';
import { publicEvent } from '../../../core/publication/public-event.ts';
import { product } from '../../shop/product.ts';

const registered = z.strictObject({ product: z.string(), name: z.string() });

export const goods = definePublication({
  name: 'goods',
  from: [product],
  events: { 'goods.registered': publicEvent(registered, { version: 1 }) },
  on: {
    product: {
      ProductRegistered: ({ aggregateId, data: { name } }, publish) =>
        publish('goods.registered', { product: aggregateId, name }),
    },
  },
});
