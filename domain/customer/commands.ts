/** The commands of a customer. */

import * as z from 'zod';
import { address, customerId, name } from './events.ts';

/** The country is not personal: clerks are responsible for some. */
const home = { address, country: z.string().min(1).max(128) };

export const customerCommands = {
  RegisterCustomer: z.strictObject({ customer: customerId, name, ...home }),
  MoveCustomer: z.strictObject({ customer: customerId, ...home }),
  CloseCustomer: z.strictObject({}),
};
