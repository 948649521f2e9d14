/** The keyboard alone, for the tests of this folder. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { patient } from './open-console.ts';

/** Presses Tab until the element with this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  await expect
    .poll(async () => {
      await page.keyboard.press('Tab');
      return focusedName(page);
    }, patient)
    .toBe(name);
}

/** Its label, else its text. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
  });
}
