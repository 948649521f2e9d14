/** Named customers of the reference app. */

import { customer } from '../../domain/customer/customer.ts';

export const ann = {
  customer: 'ann',
  name: 'Ann Archer',
  address: { street: 'Hafenstraße 3', city: 'Hamburg', postalCode: '20457' },
  country: 'Germany',
} as const;

export const bob = {
  customer: 'bob',
  name: 'Bob Baker',
  address: { street: '8 Quay Road', city: 'Cork', region: 'Co. Cork' },
  country: 'Ireland',
} as const;

const { name: _name, ...annsHome } = ann;

/** Where Ann moves to. */
export const annsMove = {
  ...annsHome,
  address: { street: 'Am Graben 12', city: 'Wien', postalCode: '1010' },
  country: 'Austria',
} as const;

export const annRegistered = { type: 'CustomerRegistered', data: ann } as const;
export const bobRegistered = { type: 'CustomerRegistered', data: bob } as const;
export const annMoved = { type: 'CustomerMoved', data: annsMove } as const;
export const closed = { type: 'CustomerClosed', data: {} } as const;

/** The customer of an event. */
export const ofCustomer = (id: string) => ({ aggregate: customer, id }) as const;
