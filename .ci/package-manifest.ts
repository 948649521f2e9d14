// The package.json that is published, made from that of the source tree: compiled paths, ranges instead of pins, and
// nothing of the repository's own tools.

import { existsSync, readFileSync } from 'node:fs';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const sourceManifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));

/** What runs inside of the package alone. Those of the command line are there with it. */
const DEPENDENCIES = [
  'croner',
  'hono',
  'jose',
  ...(existsSync('cli') ? ['commander', '@clack/prompts'] : []),
];

/**
 * What the app and the package share, by how far a release may differ from the one that is tested here. One zod and one
 * drizzle-orm serve both. The types reach into drizzle's own, which change with its minor releases before 1.0.
 */
const PEERS: Readonly<Record<string, string>> = {
  zod: `^${minorOf('zod')}`,
  'drizzle-orm': `~${minorOf('drizzle-orm')}`,
  wrangler: `^${minorOf('wrangler')}`,
  vitest: `^${minorOf('vitest')}`,
  '@cloudflare/vitest-plugin': `^${minorOf('@cloudflare/vitest-plugin')}`,
  react: '>=18',
  'fast-check': '>=4',
};
const NEEDED = ['zod', 'drizzle-orm'];
const OPTIONAL = Object.keys(PEERS).filter((name) => !NEEDED.includes(name));

/** The tools of the command line need it; Node 20 has had no support since April 2026. */
const NODE = '>=22.13';

export function publishedManifest() {
  const { name, version, description, license, exports, bin } = sourceManifest;
  return {
    ...{ name, version, description, license, type: 'module', sideEffects: false },
    engines: { node: NODE },
    exports: mapValues(exports, published),
    ...(bin && { bin: mapValues(bin, compiled) }),
    files: ['lib', 'assets'],
    dependencies: Object.fromEntries(DEPENDENCIES.map((one) => [one, pinOf(one)])),
    peerDependencies: PEERS,
    peerDependenciesMeta: Object.fromEntries(OPTIONAL.map((one) => [one, { optional: true }])),
  };
}

function published(path: string): string | { readonly types: string; readonly default: string } {
  if (!path.endsWith('.ts')) return path;
  return { types: compiled(path).replace(/\.js$/, '.d.ts'), default: compiled(path) };
}

function compiled(path: string): string {
  return path.replace(/^\.\//, './lib/').replace(/\.ts$/, '.js');
}

export function pinOf(name: string): string {
  const { dependencies, devDependencies } = sourceManifest;
  const pin = dependencies[name] ?? devDependencies[name];
  if (pin === undefined) throw new Error(`package.json does not pin ${name}.`);
  return pin;
}

/** `4.6.0` for the pin `4.6.7`. */
function minorOf(name: string): string {
  return pinOf(name).replace(/\d+$/, '0');
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
