/** Dead letters in a list that draws only what is in sight. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { Link } from 'wouter';
import type { DeadLetter } from '../../../../core/operator-shapes/dead-letter.ts';
import { moment } from '../../parts/words.ts';
import { letterAddress } from './letter-address.ts';

/** Until a row is measured. */
const ROW_PX = 56;
const ROWS_BEYOND = 5;

export function LetterRows({ letters }: { readonly letters: readonly DeadLetter[] }) {
  const window = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: letters.length,
    getScrollElement: () => window.current,
    estimateSize: () => ROW_PX,
    overscan: ROWS_BEYOND,
    getItemKey: (index) => letters[index]?.id ?? index,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a section would be a landmark
    <div className="letters" ref={window} role="group" aria-label="Letters" tabIndex={0}>
      <ul style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ key, index, start }) => {
          const letter = letters[index];
          if (!letter) return null;
          return (
            <li
              key={key}
              ref={rows.measureElement}
              data-index={index}
              aria-setsize={letters.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
            >
              <Row {...letter} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Row({ id, generation, stream, version, type, error, parkedAt }: DeadLetter) {
  return (
    <>
      <Link href={letterAddress(id)}>
        <bdi>{stream === '' ? id : `${stream}@${version}`}</bdi>
      </Link>{' '}
      {type}{' '}
      <span className="quiet">
        held back from {generation || 'delivery'}, {moment(parkedAt)}
      </span>
      <br />
      <bdi className="line">{error}</bdi>
    </>
  );
}
