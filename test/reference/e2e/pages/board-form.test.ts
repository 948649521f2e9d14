/** The order board's form: labels, refusals at their fields, what a price of nothing means. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { fill, hasChromium, inColumn, openBoard, patient, place, useShop } from './board.ts';

const shop = useShop();

describe.skipIf(!hasChromium)('the order board’s form', () => {
  test('OB10 every input has a label that is shown, the price with its currency', async () => {
    const page = await openBoard(shop.browser, shop.url);
    for (const label of ['Customer', 'Country', 'Product', 'Price in EUR']) {
      await page.getByText(label, { exact: true }).waitFor();
      expect(await page.getByLabel(label, { exact: true }).count()).toBe(1);
    }
    expect(await page.evaluate(unlabelled)).toEqual([]);
    await page.close();
  });

  test('OB6 an order that cannot be sent stays in the form: each wrong field has its rule, the first has the focus', async () => {
    const page = await openBoard(shop.browser, shop.url);
    const draft = { customer: 'ANATR', country: '', product: 'x'.repeat(129), euros: '1e99' };
    await place(page, draft);
    await page.getByText('Enter a country of 1 to 128 characters.').waitFor();
    await page.getByText('Enter a product of 1 to 128 characters.').waitFor();
    await page.getByText('Enter a price from 0 to 10,000,000, such as 18.50.').waitFor();
    expect(await valuesOf(page)).toEqual(draft);
    expect(await focused(page)).toBe('country');
    expect(await page.getByLabel('Customer').getAttribute('aria-invalid')).toBe('false');
    expect(await page.getByLabel('Country').getAttribute('aria-invalid')).toBe('true');
    await page.getByLabel('Country').pressSequentially('Peru');
    expect(await page.getByText('Enter a country').count()).toBe(0);
    expect(await focused(page)).toBe('country');
    await page.getByText('Enter a product of 1 to 128 characters.').waitFor();
    await place(page, {});
    await inColumn(page, 'placed', 'ANATR').waitFor();
    expect(await page.getByText('Enter a').count()).toBe(0);
    await page.close();
  });

  test('OB7 an order that the server refuses returns to the form, with the rule at the field', async () => {
    const page = await openBoard(shop.browser, shop.url);
    await page.route('**/PlaceOrder', async (route) => {
      const body = JSON.parse(route.request().postData() ?? '');
      const lines = body.lines.map((line: object) => ({ ...line, unitCents: 2e9 }));
      await route.continue({ postData: JSON.stringify({ ...body, lines }) });
    });
    const draft = { customer: 'BERGS', country: 'Sweden', product: 'chai', euros: '18.00' };
    await place(page, draft);
    await page.getByText('Enter a price from 0 to 10,000,000, such as 18.50.').waitFor();
    expect(await valuesOf(page)).toEqual(draft);
    expect(await focused(page)).toBe('euros');
    expect(await page.locator('li', { hasText: 'BERGS' }).count()).toBe(0);
    expect(await page.getByText('unitCents').count()).toBe(0);
    expect(await page.getByRole('alert').textContent()).toBe('');
    await page.close();
  });

  test('OB7 an accepted order empties the form for the next one', async () => {
    const page = await openBoard(shop.browser, shop.url);
    await place(page, { customer: 'CHOPS', euros: '18,5' });
    await inColumn(page, 'placed', 'CHOPS').getByText('€18.50').waitFor();
    await expect
      .poll(() => valuesOf(page), patient)
      .toEqual({ customer: '', country: '', product: '', euros: '' });
    expect(await focused(page)).toBe('customer');
    await page.close();
  });

  test('OB13 an order of EUR 0.00 is announced as free of charge before and after', async () => {
    const page = await openBoard(shop.browser, shop.url);
    await fill(page, { customer: 'DRACD', euros: '0' });
    await page.getByText('Free of charge: accepted as EUR 0.00.').waitFor();
    await page.getByRole('button', { name: 'Place order' }).click();
    await inColumn(page, 'placed', 'DRACD').getByText('free of charge').waitFor();
    await page.close();
  });
});

function valuesOf(page: Page): Promise<Record<string, string>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('input')].map(({ name, value }) => [name, value]),
    ),
  );
}

function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute('name'));
}

/** Runs in the page. */
function unlabelled(): string[] {
  return [...document.querySelectorAll('input')]
    .filter(({ labels }) => !labels?.length)
    .map(({ name }) => name);
}
