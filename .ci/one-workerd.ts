// One runtime for dev, tests and deploy: the lockfile may hold a single workerd, for every system that
// it is made for, and package.json pins exactly. A caret on wrangler is enough to bring a second one.

import { readFileSync } from 'node:fs';

interface Package {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, Package>>;
}

const EXACT = /^\d+\.\d+\.\d+(-[\w.-]+)?$/;

const locked = Object.entries(read<Lockfile>('package-lock.json').packages);
const problems = [...severalRuntimes(), ...missingBinaries(), ...loosePins()];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function severalRuntimes(): string[] {
  const copies = runtimes().map(([path, { version }]) => `${path}@${version}`);
  if (copies.length === 1) return [];
  return [
    `Expected one workerd in package-lock.json, found ${copies.length}: ${copies.join(', ')}`,
  ];
}

/** `npm ci` refuses a lockfile that lacks another system's binary. */
function missingBinaries(): string[] {
  const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
  return runtimes()
    .flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies))
    .filter((name) => !names.has(name))
    .map((name) => `package-lock.json lacks ${name}, so npm ci fails: pin an earlier workerd.`);
}

function loosePins(): string[] {
  const { dependencies, devDependencies } = read<Package>('package.json');
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, range]) => !EXACT.test(range))
    .map(([name, range]) => `package.json must pin ${name} exactly, not as "${range}".`);
}

function runtimes(): [string, Package][] {
  return locked.filter(([path]) => /(^|\/)node_modules\/workerd$/.test(path));
}

function read<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(path, 'utf8')) as Shape;
}
