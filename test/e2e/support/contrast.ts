/** Contrast as WCAG 2 computes it, of the colours that a browser has resolved. */
import type { Page } from 'playwright-core';

/** AA: of text, and of whatever else says what a control is. */
const TEXT_MIN = 4.5;
const CONTROL_MIN = 3;

interface Pair {
  readonly what: string;
  readonly kind: 'text' | 'edge' | 'focus';
  readonly colour: string;
  readonly ground: string;
}

/** What is shown with too little contrast: texts, edges of controls, and the ring of what has the focus. */
export async function lowContrasts(page: Page): Promise<string[]> {
  const pairs = await page.evaluate(colourPairs);
  return pairs.flatMap(({ what, kind, colour, ground }) => {
    const ratio = contrast(colour, ground);
    const isLow = ratio < (kind === 'text' ? TEXT_MIN : CONTROL_MIN);
    return isLow ? [`${kind} ${ratio.toFixed(2)}: ${colour} on ${ground}, ${what}`] : [];
  });
}

export function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? [])
    .map((channel) => Number(channel) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Runs in the page. */
function colourPairs(): Pair[] {
  const clear = 'rgba(0, 0, 0, 0)';
  const ground = (element: Element | null): string => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
    return colour === clear ? ground(element?.parentElement ?? null) : colour;
  };
  const pairsOf = (element: Element): Pair[] => {
    const { color, borderTopColor, outlineColor, outlineStyle } = getComputedStyle(element);
    const what = `${element.tagName} ${element.textContent?.trim()}`;
    const hasText = [...element.childNodes].some(
      ({ nodeType, nodeValue }) => nodeType === Node.TEXT_NODE && nodeValue?.trim(),
    );
    const hasEdge = element.matches('input, button') && borderTopColor !== clear;
    const around = ground(element.parentElement);
    return [
      ...(hasText ? [{ what, kind: 'text', colour: color, ground: ground(element) } as const] : []),
      ...(hasEdge ? [{ what, kind: 'edge', colour: borderTopColor, ground: around } as const] : []),
      ...(element === document.activeElement && outlineStyle !== 'none'
        ? [{ what, kind: 'focus', colour: outlineColor, ground: around } as const]
        : []),
    ];
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility())
    .flatMap(pairsOf);
}
