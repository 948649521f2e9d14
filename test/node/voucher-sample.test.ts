/** The README's example does what the README says. As a deployment: `test/e2e/new-version.test.ts`. */
import { expect, test } from 'vitest';
import { given, project } from '../../core/testing/index.ts';
import { vouchers } from '../../docs/samples/voucher/projection.ts';
import { vouchers as version1 } from '../../docs/samples/voucher/projection-1.ts';
import { voucher } from '../../docs/samples/voucher/voucher.ts';

const issued = { type: 'VoucherIssued', data: { cents: 500 } } as const;
const redeemed = { type: 'VoucherRedeemed', data: { cents: 200, order: 'o-1' } } as const;
const ofOne = { aggregate: voucher, id: 'v-1' } as const;
const events = [
  { ...ofOne, ...issued },
  { ...ofOne, ...redeemed },
] as const;

test('a voucher is redeemed until too little is left', () => {
  given(voucher, [issued]).when('RedeemVoucher', redeemed.data).then([redeemed]);
  given(voucher, [issued, redeemed])
    .when('RedeemVoucher', { cents: 301, order: 'o-2' })
    .thenRejected('not-enough-left', { leftCents: 300 });
  given(voucher).when('RedeemVoucher', redeemed.data).thenRejected('not-issued');
});

test('the first version has the remaining value', () => {
  expect(project(version1, events)).toEqual({ vouchers: [{ voucher: 'v-1', leftCents: 300 }] });
});

test('the second also counts', () => {
  expect(project(vouchers, events)).toEqual({
    vouchers: [{ voucher: 'v-1', leftCents: 300, redemptions: 1 }],
  });
});
