/** The last commands that were sent in this tab. They are kept in memory: their data may be personal. */
import { useSyncExternalStore } from 'react';
import { Link, useLocation } from 'wouter';
import { Table } from '../../parts/table.tsx';
import { clock } from '../../parts/words.ts';

const KEPT_MAX = 20;

interface Sent {
  readonly aggregate: string;
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly outcome: string;
}

type Remembered = Sent & { readonly at: Date; readonly number: number };

/** Newest first. */
let all: readonly Remembered[] = [];
let count = 0;
const listeners = new Set<() => void>();

export function remember(sent: Sent): void {
  count++;
  all = [{ ...sent, at: new Date(), number: count }, ...all].slice(0, KEPT_MAX);
  for (const notify of listeners) notify();
}

export function SentCommands() {
  const rows = useSyncExternalStore(subscribe, () => all);
  const [, navigate] = useLocation();
  if (rows.length === 0) return null;
  return (
    <section aria-labelledby="sent">
      <h2 id="sent">Sent in this tab</h2>
      <Table
        label="Sent commands"
        rows={rows}
        keyOf={({ number }) => String(number)}
        columns={[
          { head: 'At', cell: ({ at }) => clock(at) },
          {
            head: 'Stream',
            cell: ({ aggregate, id }) => (
              <Link href={`/streams/${aggregate}/${id}`}>{`${aggregate}/${id}`}</Link>
            ),
          },
          { head: 'Command', cell: ({ name }) => name },
          { head: 'Outcome', cell: ({ outcome }) => <bdi>{outcome}</bdi> },
          {
            head: 'Again',
            cell: ({ aggregate, id, name, data, number }) => (
              <button
                type="button"
                onClick={() =>
                  navigate(`/commands/${aggregate}/${name}?id=${id}`, { state: { data } })
                }
              >
                Fill in<span className="unseen"> command {number}</span>
              </button>
            ),
          },
        ]}
      />
    </section>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
