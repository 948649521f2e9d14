/** What the Workers under test serve beside their API: the reference page's script, one page with a script, and a console. */
import { copyFileSync, cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const SCRIPT = 'openapi-explorer.min.js';

const assets = join(import.meta.dirname, '../../dist/shop-assets');

export function buildShopAssets(): void {
  for (const folder of ['pages', 'console']) {
    cpSync(join(import.meta.dirname, folder), join(assets, folder), { recursive: true });
  }
  const script = createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
  copyFileSync(script, join(assets, SCRIPT));
}
