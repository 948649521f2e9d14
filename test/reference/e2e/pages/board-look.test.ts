/** The order board’s look: an empty one, colours in both schemes, reduced motion, nothing from another origin. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { contrast, lowContrasts } from '../../../e2e/support/contrast.ts';
import {
  countOf,
  hasChromium,
  inColumn,
  openBoard,
  orderCommands,
  place,
  sendAll,
  statuses,
  useShop,
} from './board.ts';

const shop = useShop();

describe.skipIf(!hasChromium)('the order board’s look', () => {
  test('OB14 an empty board has a hint under its column heads', async () => {
    const page = await openBoard(shop.browser, shop.url);
    await page.getByText('There are no orders yet. Place the first one with the form').waitFor();
    for (const status of statuses) expect(await countOf(page, status).textContent()).toBe('0');
    await place(page, { customer: 'ANATR' });
    await inColumn(page, 'placed', 'ANATR').waitFor();
    expect(await page.getByText('There are no orders yet').count()).toBe(0);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'OB16 every text, edge and focus ring has the contrast of WCAG AA, %s',
    async (colorScheme) => {
      const commands = statuses.flatMap((status) =>
        orderCommands(`${colorScheme}-${status}`, status, status),
      );
      await sendAll(shop.url, commands);
      for (const width of [390, 1280]) {
        const viewport = { width, height: 800 };
        const page = await openBoard(shop.browser, shop.url, { colorScheme, viewport });
        await inColumn(page, 'placed', 'placed').first().waitFor();
        await place(page, { customer: '' });
        await page.getByText('Enter a name').waitFor();
        expect(await lowContrasts(page)).toEqual([]);
        expect(await focusRings(page)).toEqual([]);
        await page.locator('section button', { hasText: 'Cancel…' }).first().click();
        expect(await lowContrasts(page)).toEqual([]);
        await page.close();
      }
    },
  );

  test('OB16 the measure itself knows low from high', () => {
    expect(contrast('rgb(0, 0, 0)', 'rgb(255, 255, 255)')).toBeCloseTo(21, 5);
    expect(contrast('rgb(118, 118, 118)', 'rgb(255, 255, 255)')).toBeCloseTo(4.54, 2);
    expect(contrast('rgb(119, 119, 119)', 'rgb(255, 255, 255)')).toBeLessThan(4.5);
  });

  test('OB17 with reduced motion nothing is animated; nothing is loaded from another origin', async () => {
    for (const [reducedMotion, moving] of [
      ['no-preference', true],
      ['reduce', false],
    ] as const) {
      const page = await openBoard(shop.browser, shop.url, { reducedMotion });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).origin));
      await page.reload();
      await page.locator('section li').first().waitFor();
      expect(await page.evaluate(hasMotion)).toBe(moving);
      expect(new Set(asked)).toEqual(new Set([shop.url.origin]));
      await page.close();
    }
  });
});

/** Goes through the page with Tab; what has the focus and shows no ring of 2 px, or a pale one. */
async function focusRings(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press('Tab');
    const { name, width } = await page.evaluate(() => {
      const element = document.activeElement ?? document.body;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const shown = outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth);
      return { name: `${element.tagName} ${element.textContent}`, width: shown };
    });
    if (width < 2 && !name.startsWith('BODY')) wrong.push(name);
    wrong.push(...(await lowContrasts(page)));
  }
  return wrong;
}

/** Runs in the page. */
function hasMotion(): boolean {
  return [...document.querySelectorAll('*')].some((element) => {
    const { animationName, transitionDuration } = getComputedStyle(element);
    return animationName !== 'none' || !/^0s(, 0s)*$/.test(transitionDuration);
  });
}
