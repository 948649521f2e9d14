// What the Worker serves beside its API, in one folder: the reference page's script and the order
// board. `npm run assets`; also part of `npm run dev`, `npm run deploy`, the checks and the tests.

import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const SCRIPT = 'openapi-explorer.min.js';

const root = join(import.meta.dirname, '../..');
const assets = join(root, 'dist/assets');

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssets();

export async function buildAssets(): Promise<void> {
  mkdirSync(assets, { recursive: true });
  const script = createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
  copyFileSync(script, join(assets, SCRIPT));
  await build({
    root: join(root, 'client/example/page'),
    configFile: false,
    base: '/pages/board/',
    logLevel: 'warn',
    // Vitest calls its own environment `test`, in which React would be the one for development.
    oxc: { jsx: { development: false } },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { assetsInlineLimit: 0, outDir: join(assets, 'pages/board'), emptyOutDir: true },
  });
}
