/** The events of a customer. The name and the address are personal: they open no more once the customer is forgotten. */

import { event, personal } from 'ledge';
import * as z from 'zod';

/** The id of the customer, as in the address of its stream: the subject of what is personal. */
export const customerId = z.string().min(1).max(128);

export const name = personal(z.string().trim().min(1).max(200), 'customer');

export const address = personal(
  z.strictObject({
    street: z.string().min(1).max(200),
    city: z.string().min(1).max(128),
    region: z.string().min(1).max(128).optional(),
    postalCode: z.string().min(1).max(20).optional(),
  }),
  'customer',
);

const home = { address, country: z.string() };

const registration = z.strictObject({ customer: z.string(), name, ...home });

export type Registration = z.output<typeof registration>;

export const customerEvents = {
  CustomerRegistered: event(registration),
  CustomerMoved: event(z.strictObject({ customer: z.string(), ...home })),
  CustomerClosed: event(z.strictObject({})),
};
