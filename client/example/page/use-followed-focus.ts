/** Keeps the focus on the order that was just moved: its button is removed, and its card may be in another column. */
import { type MouseEvent, useCallback, useEffect, useRef } from 'react';

export type Follow = (order: string, click: MouseEvent) => void;

interface Followed {
  readonly order: string;
  /** For a pointer the page is not scrolled. */
  readonly preventScroll: boolean;
}

export function useFollowedFocus(): Follow {
  const followed = useRef<Followed>(undefined);

  // The next press of a pointer ends the order's focus.
  useEffect(() => {
    const forget = () => {
      followed.current = undefined;
    };
    document.addEventListener('pointerdown', forget);
    return () => document.removeEventListener('pointerdown', forget);
  }, []);

  // After each change of the board, because a card is a new element in each column.
  useEffect(() => {
    if (!followed.current) return;
    const { order, preventScroll } = followed.current;
    const { activeElement } = document;
    if (activeElement !== document.body) {
      if (activeElement?.closest('[data-order]')?.getAttribute('data-order') !== order) {
        followed.current = undefined;
      }
      return;
    }
    target(order)?.focus({ preventScroll });
  });

  return useCallback((order, click) => {
    // A click by keyboard has a count of 0.
    followed.current = { order, preventScroll: click.detail > 0 };
  }, []);
}

/** In a narrow window the card's new column may be hidden: then the columns' tabs get the focus. */
function target(order: string): HTMLElement | undefined {
  const card = document.querySelector<HTMLElement>(`[data-order="${CSS.escape(order)}"]`);
  if (!card || card.checkVisibility()) return card ?? undefined;
  return document.querySelector<HTMLElement>('nav [aria-pressed=true]') ?? undefined;
}
