/** What the client costs a page: bundled, minified and gzipped, with everything that it imports. */
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';

/** 9,000 before sockets were renewed in place, which takes 120: the timer, the second ticket, and its retry. */
const GZIP_BYTES_MAX = 9_300;

async function bundled(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      // As in a program that imports the client, with all of its exports.
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  });
  const [output] = [result].flat() as Rolldown.RolldownOutput[];
  return output?.output[0].code ?? '';
}

test('U14 the client is at most 9.3 kB, and bundles no code of the server', async () => {
  const code = await bundled('client/index.ts');
  const bytes = gzipSync(code, { level: 9 }).length;
  console.log(`The client takes ${bytes} bytes gzipped.`);
  expect(bytes).toBeGreaterThan(1_000);
  expect(bytes).toBeLessThanOrEqual(GZIP_BYTES_MAX);
  expect(code).not.toMatch(/^import/m);
});
