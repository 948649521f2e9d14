// What the Worker of the reference app serves beside its API, in one folder: what every app has, and the order board.
// `npm run assets`; also part of `npm run dev`, `npm run deploy`, the checks and the tests.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildAppAssets, pageSettings } from '../console/build.ts';

const root = join(import.meta.dirname, '../..');
const assets = join(root, 'dist/assets');

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAssets();

export async function buildAssets(): Promise<void> {
  await buildAppAssets(assets);
  await build({
    ...pageSettings,
    root: join(root, 'client/example/page'),
    base: '/pages/board/',
    build: { assetsInlineLimit: 0, outDir: join(assets, 'pages/board'), emptyOutDir: true },
  });
}
