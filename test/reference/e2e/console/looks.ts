/** What holds for every screen of the console: axe, no sideways scrolling, everything that is pressed is in sight. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { accessibilityFaults } from './open-console.ts';

/** Each as colours and width in pixels. */
export const looks = [
  ['light', 1_280],
  ['dark', 1_280],
  ['light', 390],
  ['dark', 390],
] as const;

/** Leaves a picture in `dist/`, by the name. */
export async function expectGoodLook(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `dist/console-${name}.png`, fullPage: true });
  expect(await accessibilityFaults(page)).toEqual([]);
  const overflow = () => document.documentElement.scrollWidth - innerWidth;
  expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
  expect(await outOfSight(page)).toEqual([]);
}

/** Buttons and links that are reached only by scrolling sideways. */
function outOfSight(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('main :is(button, a, input, select)')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth)
      .map(({ outerHTML }) => outerHTML),
  );
}
