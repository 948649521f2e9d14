/** The other app's definition. */
import { defineApp } from 'ledge';
import { account } from './account.ts';
import { balances } from './balances.ts';

export const app = defineApp({ aggregates: [account], projections: [balances] });
