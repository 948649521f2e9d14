/** The order that was just moved keeps the focus: its button is gone, and its card may be in another column. */
import { type MouseEvent, useCallback, useEffect, useRef } from 'react';

export type Follow = (order: string, click: MouseEvent) => void;

interface Followed {
  readonly order: string;
  /** A pointer's user is not scrolled away from where the pointer is. */
  readonly preventScroll: boolean;
}

export function useFollowedFocus(): Follow {
  const followed = useRef<Followed>(undefined);

  // Wherever a pointer is pressed next, the focus is no longer the order's.
  useEffect(() => {
    const forget = () => {
      followed.current = undefined;
    };
    document.addEventListener('pointerdown', forget);
    return () => document.removeEventListener('pointerdown', forget);
  }, []);

  // After every change of the board: a card is another element in each column that it comes to.
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
    // A click by keyboard counts no clicks.
    followed.current = { order, preventScroll: click.detail > 0 };
  }, []);
}

/** In a narrow window the card's new column may be hidden: then the columns' buttons are what is next. */
function target(order: string): HTMLElement | undefined {
  const card = document.querySelector<HTMLElement>(`[data-order="${CSS.escape(order)}"]`);
  if (!card || card.checkVisibility()) return card ?? undefined;
  return document.querySelector<HTMLElement>('nav [aria-pressed=true]') ?? undefined;
}
