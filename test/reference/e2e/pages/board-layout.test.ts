/** The order board's layout with awkward data: long names, narrow windows. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  hasChromium,
  inColumn,
  openBoard,
  orderCommands,
  sendAll,
  statuses,
  useShop,
} from './board.ts';

const LONG = 'W'.repeat(128);

const shop = useShop(async (url) => {
  const commands = statuses.flatMap((status) => [
    ...orderCommands(`o-${status}`, `${status.toUpperCase()} ${LONG.slice(10)}`, status),
    ...orderCommands(`o-${status}-2`, LONG, status),
  ]);
  await sendAll(url, commands);
});

describe.skipIf(!hasChromium)('the order board’s layout', () => {
  test.each([390, 900, 1280])(
    'OB1 a name of 128 letters widens neither card nor page, at %i px',
    async (width) => {
      const page = await openBoard(shop.browser, shop.url, { viewport: { width, height: 800 } });
      for (const status of statuses) {
        await showColumn(page, status);
        await inColumn(page, status, LONG).waitFor();
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
          width,
        );
        expect(await page.evaluate(buttonsOutOfReach)).toEqual([]);
      }
      await page.close();
    },
  );

  test('OB15 at 390 px each column is one press away, in a page of one column', async () => {
    const page = await openBoard(shop.browser, shop.url, { viewport: { width: 390, height: 800 } });
    for (const status of statuses) {
      await showColumn(page, status);
      expect(await page.locator('section[data-status]:visible').count()).toBe(1);
      await page.locator(`section[data-status=${status}]`).waitFor();
      const { y = Number.NaN } = (await inColumn(page, status, LONG).boundingBox()) ?? {};
      const scrolled = await page.evaluate(() => window.scrollY);
      expect(y + scrolled).toBeLessThan(2 * 800);
    }
    await page.close();
  });

  test('OB15 at 900 px the four columns are side by side', async () => {
    const page = await openBoard(shop.browser, shop.url, { viewport: { width: 900, height: 800 } });
    const boxes = await Promise.all(
      statuses.map((status) => page.locator(`section[data-status=${status}]`).boundingBox()),
    );
    expect(new Set(boxes.map((box) => box?.y)).size).toBe(1);
    await page.close();
  });
});

async function showColumn(page: Page, status: string): Promise<void> {
  const tab = page.getByRole('navigation').getByRole('button', { name: status });
  if (await tab.isVisible()) await tab.click();
}

/** Runs in the page: the buttons that are shown and could not be clicked, after scrolling to them. */
function buttonsOutOfReach(): (string | undefined)[] {
  return [...document.querySelectorAll('li button')]
    .filter((button) => button.checkVisibility())
    .filter((button) => {
      button.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = button.getBoundingClientRect();
      const top = document.elementFromPoint(x + width / 2, y + height / 2);
      return top?.closest('button') !== button;
    })
    .map((button) => button.closest('li')?.dataset.order);
}
