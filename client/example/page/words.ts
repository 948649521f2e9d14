/** The board's texts for statuses, commands, reasons and amounts. */
import type { OrderOnBoard } from './ledge.ts';

export type Status = OrderOnBoard['status'];

export const statuses = ['placed', 'confirmed', 'shipped', 'cancelled'] as const;

export const titles: Readonly<Record<Status, string>> = {
  placed: 'Placed',
  confirmed: 'Confirmed',
  shipped: 'Shipped',
  cancelled: 'Cancelled',
};

const commandNames: Readonly<Record<string, string>> = {
  PlaceOrder: 'The order',
  ConfirmOrder: 'The confirmation',
  MarkShipped: 'The shipment',
  CancelOrder: 'The cancellation',
};

export function commandName(command: string): string {
  return commandNames[command] ?? command;
}

const reasons: Readonly<Record<string, string>> = {
  'already-placed': 'an order with this id exists already',
  'not-placed': 'the order does not exist',
  cancelled: 'the order is already cancelled',
  'not-confirmed': 'the order is not confirmed',
  'already-shipped': 'the order is already shipped',
};

export function reasonText(reason: string): string {
  return reasons[reason] ?? reason;
}

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });

export function amount(cents: number): string {
  return money.format(cents / 100);
}

const number = new Intl.NumberFormat('en');

export function grouped(count: number): string {
  return number.format(count);
}

const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hour12: false });

export function clock(at: Date): string {
  return time.format(at);
}
