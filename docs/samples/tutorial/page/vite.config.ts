import { cpSync } from 'node:fs';
import { defineConfig } from 'vite';

// The script of /reference stays in the folder of what is served.
cpSync('node_modules/ledge/assets', 'dist/assets', { recursive: true });

export default defineConfig({
  root: 'src/page',
  base: '/pages/library/',
  build: { outDir: '../../dist/assets/pages/library', emptyOutDir: true, assetsInlineLimit: 0 },
});
