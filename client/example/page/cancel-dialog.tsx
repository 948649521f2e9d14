/** Asks before an order is cancelled: there is no way back. */
import { type MouseEvent, useEffect, useRef } from 'react';
import { order } from '../../../domain/order/order.ts';
import { stateOf } from './expected-orders.ts';
import { type OrderOnBoard, useCommand } from './ledge.ts';
import { notify, refusalText } from './notices.ts';
import type { Follow } from './use-followed-focus.ts';
import { amount } from './words.ts';

interface Properties {
  readonly row: OrderOnBoard;
  readonly onMove: Follow;
  readonly onClose: () => void;
}

export function CancelDialog({ row, onMove, onClose }: Properties) {
  const { send } = useCommand(order, row.order, stateOf(row));
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  async function cancel(click: MouseEvent): Promise<void> {
    dialog.current?.close();
    onMove(row.order, click);
    const outcome = await send('CancelOrder', { reason: 'on the board' });
    if (outcome?.outcome === 'accepted') return;
    const reason = outcome?.outcome === 'rejected' ? outcome.reason : undefined;
    notify({ text: refusalText(`${row.customer} (${row.order})`, 'CancelOrder', reason) });
  }

  return (
    <dialog ref={dialog} aria-labelledby="cancel-title" onClose={onClose}>
      <h2 id="cancel-title">Cancel this order?</h2>
      <p>
        {row.customer}, {amount(row.netCents)}. A cancelled order cannot be taken up again.
      </p>
      <div className="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Keep order
        </button>
        <button type="button" className="grave" onClick={(click) => void cancel(click)}>
          Cancel order
        </button>
      </div>
    </dialog>
  );
}
