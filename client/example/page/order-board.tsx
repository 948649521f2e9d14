/** Every order in the column of its status, the newest first; and a form for the next one. */
import { useState } from 'react';
import { CancelDialog } from './cancel-dialog.tsx';
import { Column } from './column.tsx';
import { ColumnTabs } from './column-tabs.tsx';
import { type OrderOnBoard, useConnection } from './ledge.ts';
import { Notices } from './notice-list.tsx';
import type { OrderDraft } from './order-draft.ts';
import { OrderForm } from './order-form.tsx';
import { StatusLine } from './status-line.tsx';
import { UnsentOrders } from './unsent-orders.tsx';
import { useCount } from './use-count.ts';
import { useFollowedFocus } from './use-followed-focus.ts';
import { type ColumnOrders, useOrders } from './use-orders.ts';
import { useValue, type ValueStore } from './value-store.ts';
import type { WaitingCommand } from './waiting-commands.ts';
import { commandName, type Status, statuses } from './words.ts';

export function OrderBoard({ waiting }: { waiting: ValueStore<readonly WaitingCommand[]> }) {
  const commands = useValue(waiting);
  const connection = useConnection();
  const isLive = connection.status === 'live';
  const { columns, unsent, moving, problem } = useOrders(commands, isLive);
  const counts = useCounts(columns);
  const [current, setCurrent] = useState<Status>('placed');
  const [edited, setEdited] = useState<OrderDraft>();
  const [cancelled, setCancelled] = useState<OrderOnBoard>();
  const follow = useFollowedFocus();
  const underWay = new Set([...moving, ...commands.map(({ id }) => id)]);
  const isEmpty = statuses.every((status) => counts[status] === 0);

  const placedHint = unsent.length > 0 ? undefined : isEmpty ? FIRST_STEPS : 'None';

  /** The reason why an order cannot be moved now. */
  function noteOn(order: string): string | undefined {
    const command = commands.find(({ id }) => id === order);
    if (command && !isLive) return `${commandName(command.command)} waits to be sent`;
    return command || moving.has(order) ? 'Sending …' : undefined;
  }

  return (
    <main>
      <header>
        <h1>Orders</h1>
        <StatusLine connection={connection} problem={problem} underWay={underWay.size} />
      </header>
      <OrderForm edited={edited} isLive={isLive} />
      <Notices onEdit={setEdited} />
      <ColumnTabs current={current} counts={counts} onChoose={setCurrent} />
      <div className="columns" data-current={current}>
        {statuses.map((status) => (
          <Column
            key={status}
            status={status}
            orders={columns[status]}
            count={counts[status]}
            hint={status === 'placed' ? placedHint : 'None'}
            noteOn={noteOn}
            onCancel={setCancelled}
            onMove={follow}
          >
            {status === 'placed' && <UnsentOrders orders={unsent} isLive={isLive} />}
          </Column>
        ))}
      </div>
      {cancelled && (
        <CancelDialog
          key={cancelled.order}
          row={cancelled}
          onMove={follow}
          onClose={() => setCancelled(undefined)}
        />
      )}
    </main>
  );
}

const FIRST_STEPS =
  'There are no orders yet. Place the first one with the form: it appears here, in every open window.';

function useCounts(columns: Readonly<Record<Status, ColumnOrders>>) {
  return {
    placed: useCount('placed', columns.placed),
    confirmed: useCount('confirmed', columns.confirmed),
    shipped: useCount('shipped', columns.shipped),
    cancelled: useCount('cancelled', columns.cancelled),
  };
}
