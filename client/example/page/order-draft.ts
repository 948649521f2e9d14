/** The values of the form: the command that they make, and the fields that a refusal names. Pure. */
import { order } from '../../../domain/order/order.ts';

export type FieldName = 'customer' | 'country' | 'product' | 'euros';
export type OrderDraft = Readonly<Record<FieldName, string>>;

interface Field {
  readonly name: FieldName;
  readonly label: string;
  /** The accepted values, shown for a wrong one. */
  readonly rule: string;
  /** Its place in the command, as the beginning of a JSON pointer. */
  readonly at: string;
}

export const fields: readonly Field[] = [
  {
    name: 'customer',
    label: 'Customer',
    rule: 'Enter a name of 1 to 128 characters.',
    at: '/customer',
  },
  {
    name: 'country',
    label: 'Country',
    rule: 'Enter a country of 1 to 128 characters.',
    at: '/country',
  },
  {
    name: 'product',
    label: 'Product',
    rule: 'Enter a product of 1 to 128 characters.',
    at: '/lines/0/product',
  },
  {
    name: 'euros',
    label: 'Price in EUR',
    rule: 'Enter a price from 0 to 10,000,000, such as 18.50.',
    at: '/lines',
  },
];

export const emptyDraft: OrderDraft = { customer: '', country: '', product: '', euros: '' };

/** Its channel is the phone, because the saga fulfils web orders by itself. */
export function commandOf({ customer, country, product, euros }: OrderDraft) {
  const line = {
    product: product.trim(),
    quantity: 1,
    unitCents: centsIn(euros),
    discountBp: 0,
  };
  return {
    customer: customer.trim(),
    country: country.trim(),
    channel: 'phone',
    lines: [line],
  };
}

/** NaN unless it is an amount with at most two decimals. */
export function centsIn(euros: string): number {
  const isAmount = /^\d+([.,]\d{1,2})?$/.test(euros.trim());
  return isAmount ? Math.round(Number(euros.trim().replace(',', '.')) * 100) : Number.NaN;
}

/** Checked by the command's own schema, before anything is sent. */
export function pointersRefused(command: ReturnType<typeof commandOf>): string[] {
  const checked = order.commands.PlaceOrder.safeParse(command);
  return (checked.error?.issues ?? []).map(({ path }) => `/${path.join('/')}`);
}

export function fieldsAt(pointers: readonly string[]): FieldName[] {
  return pointers.flatMap(
    (pointer) =>
      fields.find(({ at }) => pointer === at || pointer.startsWith(`${at}/`))?.name ?? [],
  );
}

/** The draft of a command, for editing a refused one. */
export function draftOf(data: unknown): OrderDraft {
  const checked = order.commands.PlaceOrder.safeParse(data);
  if (!checked.data) return emptyDraft;
  const { customer, country, lines } = checked.data;
  const [line] = lines;
  return {
    customer,
    country,
    product: line?.product ?? '',
    euros: line ? (line.unitCents / 100).toFixed(2) : '',
  };
}
