/** The README's example: the only list. */
// #region app
import { defineApp } from 'ledge';
import { vouchers } from './projection.ts';
import { voucher } from './voucher.ts';

export const app = defineApp({ aggregates: [voucher], projections: [vouchers] });
// #endregion
