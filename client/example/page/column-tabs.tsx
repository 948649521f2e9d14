/** In a narrow window one column is shown: which one. */
import { grouped, type Status, statuses, titles } from './words.ts';

interface Properties {
  readonly current: Status;
  readonly counts: Readonly<Record<Status, number | undefined>>;
  readonly onChoose: (status: Status) => void;
}

export function ColumnTabs({ current, counts, onChoose }: Properties) {
  return (
    <nav aria-label="Columns">
      {statuses.map((status) => (
        <button
          key={status}
          type="button"
          aria-pressed={status === current}
          onClick={() => onChoose(status)}
        >
          {titles[status]} <span>{countText(counts[status])}</span>
        </button>
      ))}
    </nav>
  );
}

export function countText(count: number | undefined): string {
  return count === undefined ? '…' : grouped(count);
}
