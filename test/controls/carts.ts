/** Named carts: what a customer sends. */
const chai = { product: 'chai', quantity: 3, unitCents: 1_800, discountBp: 0 };
/** 5 % off: 2,097.6 cents, rounded up. */
const chang = { product: 'chang', quantity: 1, unitCents: 2_208, discountBp: 500 };

export const annsCart = {
  customer: 'ann',
  country: 'Germany',
  channel: 'web',
  lines: [chai, chang],
};
export const bobsCart = { customer: 'bob', country: 'Austria', channel: 'web', lines: [chai] };
