/** What waits in each queue. */
import type { OperationsStatus } from '../../../../core/operator-shapes/operations-status.ts';
import { Table } from '../../parts/table.tsx';
import { bytesText, durationText, number } from '../../parts/words.ts';

export function Queues({ queues }: Pick<OperationsStatus, 'queues'>) {
  return (
    <Table
      label="Queues"
      rows={queues}
      keyOf={({ name }) => name}
      columns={[
        { head: 'Queue', cell: ({ name }) => name },
        { head: 'Messages', isFigure: true, cell: ({ messages }) => number(messages) },
        { head: 'Backlog', isFigure: true, cell: ({ bytes }) => bytesText(bytes) },
        {
          head: 'Oldest',
          cell: ({ oldestSeconds }) =>
            oldestSeconds === null ? 'not known' : durationText(oldestSeconds),
        },
      ]}
    />
  );
}
