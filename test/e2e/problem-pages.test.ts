/** The pages that problems' types lead to, in a browser: readable in both schemes and widths, with ways on. */
import { describe, expect, test } from 'vitest';
import { problemKinds } from '../../core/protocol/problem.ts';
import { hasChromium, useBrowser } from './support/browser.ts';
import { contrast, lowContrasts } from './support/contrast.ts';

const ledge = useBrowser();

describe.skipIf(!hasChromium)('problem pages', () => {
  test.each(['light', 'dark'] as const)(
    'OB19 a problem’s page follows the scheme, has a measure and margins, and leads on: %s',
    async (colorScheme) => {
      const viewport = { width: 390, height: 800 };
      const page = await (await ledge.browser.newContext({ colorScheme, viewport })).newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(new URL('/problems/invalid', ledge.url).href);
      const ground = await page.evaluate(
        () => getComputedStyle(document.documentElement).backgroundColor,
      );
      const white = contrast(ground, 'rgb(255, 255, 255)');
      if (colorScheme === 'dark') expect(white).toBeGreaterThan(10);
      else expect(white).toBeLessThan(1.2);
      expect(await lowContrasts(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      const kinds = problemKinds();
      expect(await page.getByRole('navigation').getByRole('listitem').count()).toBe(kinds.length);
      await page.getByRole('link', { name: 'Not found' }).click();
      await page.getByRole('heading', { name: 'Not found', level: 1 }).waitFor();
      const reference = page.getByRole('link', { name: 'API reference' });
      expect(await reference.getAttribute('href')).toBe('/reference');
      expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
      await page.close();
    },
  );
});
