/** What the console costs the browser: all of its files, as they are built for the package, minified and gzipped. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { buildAppAssets } from '../../client/console/build.ts';

const GZIP_BYTES_MAX = 200_000;

test('CO9 the console is at most 200 kB gzipped', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ledge-console-'));
  try {
    await buildAppAssets(folder);
    const files = globSync('console/**/*.{html,js,css,svg}', { cwd: folder });
    const sizes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length);
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`The console takes ${bytes} bytes gzipped.`);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(GZIP_BYTES_MAX);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
