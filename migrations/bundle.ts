/**
 * A module of the project as one JavaScript file, made by the esbuild that wrangler brings: Node alone reads neither
 * TypeScript (before 22.18) nor `./x` for `./x.ts`. Packages stay outside, so that zod and drizzle are the project's.
 */
import { createRequire } from 'node:module';
import { messageOf } from './project.ts';

export interface Bundle {
  readonly code: string;
  /** The names that the module exports. */
  readonly exports: readonly string[];
}

/** What is used of esbuild, whose types no dependency of ours brings. */
interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{
    readonly outputFiles: readonly { readonly text: string }[];
    readonly metafile: { readonly outputs: Readonly<Record<string, Pick<Bundle, 'exports'>>> };
  }>;
}

/** As wrangler reads them. */
const LOADERS = {
  '.txt': 'text',
  '.html': 'text',
  '.sql': 'text',
  '.bin': 'binary',
  '.wasm': 'binary',
};

/** @throws Error with file, line and cause, where it does not build */
export function bundle(file: string): Promise<Bundle> {
  return bundled({ entryPoints: [file] });
}

/** Several modules as one: what two of them import is one module. The first is `module0`, the second `module1`. */
export function bundleTogether(files: readonly string[]): Promise<Bundle> {
  const contents = files.map((file, n) => `export * as module${n} from ${JSON.stringify(file)};`);
  return bundled({ stdin: { contents: contents.join('\n'), resolveDir: '.' } });
}

interface ResolveArguments {
  readonly path: string;
  readonly importer: string;
  readonly resolveDir: string;
  readonly kind: string;
  readonly pluginData?: unknown;
}

/** What is used of esbuild's interface for plugins. */
export interface BundlerPlugin {
  readonly name: string;
  setup(build: {
    resolve(path: string, options: Omit<ResolveArguments, 'path'>): Promise<{ path: string }>;
    onResolve(
      at: { readonly filter: RegExp },
      resolve: (found: ResolveArguments) => Promise<object | undefined> | object,
    ): void;
    onLoad(
      at: { readonly filter: RegExp; readonly namespace: string },
      load: () => { readonly contents: string },
    ): void;
  }): void;
}

/** With its packages inside, found as for a Worker, so that a plugin can replace any module. */
export function bundleWorker(file: string, plugin: BundlerPlugin): Promise<Bundle> {
  return bundled({
    entryPoints: [file],
    packages: 'bundle',
    conditions: ['workerd', 'worker', 'browser'],
    plugins: [plugin],
    // Packages in CommonJS ask for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
}

async function bundled(entry: object): Promise<Bundle> {
  try {
    const { outputFiles, metafile } = await bundler().build({
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      loader: LOADERS,
      logLevel: 'silent',
      outfile: 'app.mjs',
      ...entry,
    });
    const [{ exports } = { exports: [] }] = Object.values(metafile.outputs);
    return { code: outputFiles[0]?.text ?? '', exports };
  } catch (error) {
    // Its first line only counts the errors.
    throw new Error(messageOf(error).split('\n').slice(1).join('\n'));
  }
}

function bundler(): Bundler {
  const require = createRequire(import.meta.url);
  // A package without types here: `Bundler` declares what is used of it.
  return createRequire(require.resolve('wrangler/package.json'))('esbuild') as Bundler;
}
