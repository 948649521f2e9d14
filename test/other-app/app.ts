/** The other app: all that its machinery is told. */
import { defineApp } from 'ledge';
import { account } from './account.ts';
import { balances } from './balances.ts';

export const app = defineApp({ aggregates: [account], projections: [balances] });
