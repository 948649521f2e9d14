/** The order board by keyboard alone: where the focus is, and what asks before it is done. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  hasChromium,
  inColumn,
  openBoard,
  orderCommands,
  patient,
  type Status,
  sendAll,
  useShop,
} from './board.ts';

const PRESSES_MAX = 30;

const shop = useShop();

describe.skipIf(!hasChromium)('the order board by keyboard', () => {
  test('OB11 after Confirm and Ship by keyboard the focus is at the order', async () => {
    const page = await boardWith('o-1', 'ANATR', 'placed');
    await press(page, 'ANATR', 'Confirm');
    await inColumn(page, 'confirmed', 'ANATR').getByRole('button', { name: 'Ship' }).waitFor();
    expect(await focusedOrder(page)).toBe('o-1');
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Ship');
    await page.keyboard.press('Enter');
    await inColumn(page, 'shipped', 'ANATR').waitFor();
    await expect.poll(() => focusedOrder(page), patient).toBe('o-1');
    await page.close();
  });

  test('OB11 in a narrow window, where the order is now in a hidden column, the focus is at the columns’ buttons', async () => {
    const page = await boardWith('o-2', 'BERGS', 'placed', { width: 390, height: 800 });
    await press(page, 'BERGS', 'Confirm');
    await inColumn(page, 'confirmed', 'BERGS').waitFor({ state: 'attached' });
    await expect.poll(() => focusedText(page), patient).toMatch('Placed');
    await page.close();
  });

  test('OB12 Cancel asks first: Escape and the first button keep the order, and the focus', async () => {
    const page = await boardWith('o-3', 'CHOPS', 'confirmed');
    for (const key of ['Escape', 'Enter']) {
      await press(page, 'CHOPS', 'Cancel…');
      await page.getByRole('dialog', { name: 'Cancel this order?' }).waitFor();
      expect(await focusedText(page)).toBe('Keep order');
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await focusedText(page)).toBe('Cancel…');
    }
    await inColumn(page, 'confirmed', 'CHOPS').waitFor();
    await press(page, 'CHOPS', 'Cancel…');
    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Cancel order');
    await page.keyboard.press('Enter');
    await inColumn(page, 'cancelled', 'CHOPS').waitFor();
    await expect.poll(() => focusedOrder(page), patient).toBe('o-3');
    await page.close();
  });

  test.each([390, 900, 1280])(
    'OB12 Cancel is at least 24 px from Ship, at %i px',
    async (width) => {
      const page = await boardWith(`o-${width}`, `W${width}`, 'confirmed', { width, height: 800 });
      if (width === 390) await page.getByRole('button', { name: 'Confirmed' }).click();
      const card = inColumn(page, 'confirmed', `W${width}`);
      const ship = await card.getByRole('button', { name: 'Ship' }).boundingBox();
      const cancel = await card.getByRole('button', { name: 'Cancel…' }).boundingBox();
      expect((cancel?.x ?? 0) - (ship?.x ?? 0) - (ship?.width ?? 0)).toBeGreaterThanOrEqual(24);
      await page.close();
    },
  );
});

async function boardWith(
  id: string,
  customer: string,
  status: Status,
  viewport = { width: 1280, height: 800 },
): Promise<Page> {
  await sendAll(shop.url, orderCommands(id, customer, status));
  const page = await openBoard(shop.browser, shop.url, { viewport });
  await inColumn(page, status, customer).waitFor({ state: 'attached' });
  return page;
}

/** Goes to the order's button with Tab, and presses Enter. */
async function press(page: Page, customer: string, label: string): Promise<void> {
  const isThere = () =>
    page.evaluate(
      ([of, text]) => {
        const { activeElement } = document;
        const card = activeElement?.closest('li');
        return activeElement?.textContent === text && card?.textContent?.includes(String(of));
      },
      [customer, label],
    );
  await page.locator('input[name=customer]').focus();
  for (let presses = 0; presses < PRESSES_MAX && !(await isThere()); presses++) {
    await page.keyboard.press('Tab');
  }
  expect(await isThere()).toBe(true);
  await page.keyboard.press('Enter');
}

function focusedOrder(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute('data-order'));
}

function focusedText(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.textContent);
}
