/** What the assets' folder of every app needs: the console, and the script of the reference page. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build } from 'vite';

const SCRIPT = 'openapi-explorer.min.js';

/** Settings that each page shares: React for production, and nothing inline, which the pages' policy would refuse. */
export const pageSettings = {
  configFile: false,
  logLevel: 'warn',
  // Vitest calls its own environment `test`, in which React would be the one for development.
  oxc: { jsx: { development: false } },
  define: { 'process.env.NODE_ENV': '"production"' },
} as const;

export async function buildAppAssets(assets: string): Promise<void> {
  mkdirSync(assets, { recursive: true });
  copyFileSync(explorer(), join(assets, SCRIPT));
  await build({
    ...pageSettings,
    root: import.meta.dirname,
    // The Worker puts the path in front under which it serves the page.
    base: './',
    build: {
      assetsInlineLimit: 0,
      modulePreload: false,
      // Absolute: Vite takes it from the root of the page.
      outDir: resolve(assets, 'console'),
      emptyOutDir: true,
      // Packages mark what a server may not run; there is none here.
      rolldownOptions: {
        onLog: (level, log, handle) => {
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
        },
      },
    },
  });
}

/** For a folder that is published. */
export function copyExplorersLicense(assets: string): void {
  const license = join(dirname(explorer()), '../../LICENSE');
  copyFileSync(license, join(assets, 'openapi-explorer.LICENSE'));
}

function explorer(): string {
  return createRequire(import.meta.url).resolve(`openapi-explorer/dist/browser/${SCRIPT}`);
}
