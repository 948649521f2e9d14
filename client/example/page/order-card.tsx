/** One order with its possible commands. */
import { memo } from 'react';
import { order } from '../../../domain/order/order.ts';
import { stateOf } from './expected-orders.ts';
import { type OrderOnBoard, useCommand } from './ledge.ts';
import { notify, refusalText } from './notices.ts';
import { OrderFacts } from './order-facts.tsx';
import type { Follow } from './use-followed-focus.ts';
import { titles } from './words.ts';

interface Properties {
  readonly row: OrderOnBoard;
  /** The pending command; until it has an outcome no other can be sent. */
  readonly note: string | undefined;
  readonly onCancel: (row: OrderOnBoard) => void;
  readonly onMove: Follow;
}

const next = {
  placed: { command: 'ConfirmOrder', label: 'Confirm' },
  confirmed: { command: 'MarkShipped', label: 'Ship' },
} as const;

export const OrderCard = memo(function OrderCard({ row, note, onCancel, onMove }: Properties) {
  const { send } = useCommand(order, row.order, stateOf(row));
  const { status } = row;
  const step = status === 'placed' || status === 'confirmed' ? next[status] : undefined;

  async function move(command: 'ConfirmOrder' | 'MarkShipped'): Promise<void> {
    const outcome = await send(command);
    if (outcome?.outcome === 'accepted') return;
    const reason = outcome?.outcome === 'rejected' ? outcome.reason : undefined;
    notify({ text: refusalText(`${row.customer} (${row.order})`, command, reason) });
  }

  return (
    <li
      data-order={row.order}
      tabIndex={-1}
      aria-busy={note !== undefined}
      aria-label={`${row.customer}, ${titles[status]}`}
    >
      <OrderFacts {...row} />
      {note !== undefined && <p className="note">{note}</p>}
      {note === undefined && step && (
        <div className="actions">
          <button
            type="button"
            onClick={(click) => {
              onMove(row.order, click);
              void move(step.command);
            }}
          >
            {step.label}
          </button>
          <button type="button" className="quiet" onClick={() => onCancel(row)}>
            Cancel…
          </button>
        </div>
      )}
    </li>
  );
});
