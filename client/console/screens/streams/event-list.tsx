/** All events of a stream, of which only those in view are asked for and drawn. One is selected, by arrow keys, too. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { Problem } from '../../parts/problem.tsx';
import { moment } from '../../parts/words.ts';
import { useEvents } from './use-events.ts';

const ROW_PX = 52;
/** Rows that `Page Up` and `Page Down` skip. */
const LEAP = 10;

interface Properties {
  readonly stream: string;
  readonly newest: number;
  readonly selected: number;
  readonly select: (version: number) => void;
}

export function EventList({ stream, newest, selected, select }: Properties) {
  const list = useRef<HTMLDivElement>(null);
  const ids = useId();
  const rows = useVirtualizer({
    count: newest,
    getScrollElement: () => list.current,
    estimateSize: () => ROW_PX,
    overscan: 5,
    // Without it the first page would be asked for before the list is scrolled.
    initialOffset: (selected - 1) * ROW_PX,
  });
  useEffect(() => rows.scrollToIndex(selected - 1), [rows, selected]);
  const drawn = rows.getVirtualItems();
  const versions = drawn.map(({ index }) => index + 1);
  const { eventAt, error } = useEvents(stream, versions, newest);
  const onKeyDown = (event: KeyboardEvent) => {
    const version = moved(event.key, selected, newest);
    if (version === undefined) return;
    event.preventDefault();
    select(version);
  };
  return (
    <>
      {error && <Problem error={error} />}
      <div
        ref={list}
        className="events"
        role="listbox"
        tabIndex={0}
        aria-label={`Events of ${stream}`}
        aria-activedescendant={versions.includes(selected) ? `${ids}${selected}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: rows.getTotalSize() }}>
          {drawn.map(({ index, start }) => {
            const version = index + 1;
            const event = eventAt(version);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
              <div
                key={version}
                id={`${ids}${version}`}
                className="event"
                role="option"
                tabIndex={-1}
                aria-selected={version === selected}
                aria-setsize={newest}
                aria-posinset={version}
                style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
                onClick={() => select(version)}
              >
                <span className="quiet">{version}</span> <strong>{event?.type ?? '…'}</strong>
                <small className="quiet">{event && moment(event.recordedAt)}</small>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

/** Undefined: not a key of the list. */
function moved(key: string, from: number, newest: number): number | undefined {
  const to = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    PageUp: from - LEAP,
    PageDown: from + LEAP,
    Home: 1,
    End: newest,
  }[key];
  return to === undefined ? undefined : Math.min(newest, Math.max(1, to));
}
