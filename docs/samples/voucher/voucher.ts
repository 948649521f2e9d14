/** The README's example: a voucher that is issued once and redeemed until nothing is left. */
// #region aggregate
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate.ts';
import { accept, reject } from '../../../core/decision.ts';
import { event } from '../../../core/event.ts';

const cents = z.int().positive();

type VoucherState =
  | { readonly status: 'none' }
  | { readonly status: 'issued'; readonly leftCents: number };

export const voucher = defineAggregate({
  name: 'voucher',
  events: {
    VoucherIssued: event(z.strictObject({ cents })),
    VoucherRedeemed: event(z.strictObject({ cents, order: z.string() })),
  },
  commands: {
    IssueVoucher: z.strictObject({ cents }),
    RedeemVoucher: z.strictObject({ cents, order: z.string() }),
  },
  initialState: (): VoucherState => ({ status: 'none' }),
  evolve: {
    VoucherIssued: (_state, { data }) => ({ status: 'issued', leftCents: data.cents }),
    VoucherRedeemed: (state, { data }) =>
      state.status === 'none' ? state : { ...state, leftCents: state.leftCents - data.cents },
  },
  decide: {
    IssueVoucher: (data, state) =>
      state.status === 'none' ? accept({ type: 'VoucherIssued', data }) : reject('already-issued'),
    RedeemVoucher: (data, state) => {
      if (state.status === 'none') return reject('not-issued');
      const { leftCents } = state;
      if (data.cents > leftCents) return reject('not-enough-left', { leftCents });
      return accept({ type: 'VoucherRedeemed', data });
    },
  },
});
// #endregion
