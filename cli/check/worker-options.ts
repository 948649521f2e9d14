/**
 * The names that the Worker's own code gives `ledge(app, { queue, bindings })`. Its main module is evaluated in Node, with
 * Ledge's Worker and the platform's modules replaced: nothing of the Worker runs but what runs when it is loaded.
 */
import { realpathSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import * as z from 'zod';
import { type BundlerPlugin, bundleWorker } from '../../migrations/bundle.ts';
import { importText } from '../../migrations/load-app.ts';
import { messageOf } from '../../migrations/project.ts';

const options = z.object({
  queue: z.string().optional(),
  bindings: z.record(z.string(), z.string().optional()).default({}),
});

export type WorkerOptions = z.output<typeof options>;

/** Beside this file, in the source tree and in the package. */
const LEDGE_WORKER = realpathSync(
  resolve(import.meta.dirname, `../../worker/ledge${extname(import.meta.filename)}`),
);

const CALLS = 'ledge.check.calls';

/**
 * Whatever a module asks of the platform is there: a class that can be extended, called and made. Names of imports are
 * looked up in the prototype, since a module of CommonJS has no list of them.
 */
const REPLACEMENT = `
  const anything = new Proxy(class {}, {
    get: (made, name) => typeof name === 'symbol' || name === 'prototype' ? made[name] : name === 'then' ? undefined : anything,
    apply: () => anything,
    construct: () => ({}),
  });
  const ledge = (app, options = {}) => {
    globalThis[Symbol.for('${CALLS}')].push(options);
    return anything;
  };
  module.exports = Object.create(new Proxy({}, { get: (_, name) => name === 'ledge' ? ledge : anything }));
`;

const replaced = { path: 'replaced', namespace: 'ledge-check' };

const replacing: BundlerPlugin = {
  name: 'ledge-check',
  setup(build) {
    build.onResolve({ filter: /^cloudflare:/ }, () => replaced);
    build.onResolve({ filter: /ledge/ }, async ({ path, ...from }) => {
      // Asked by the next line.
      if (from.pluginData === replaced) return undefined;
      const found = await build.resolve(path, { ...from, pluginData: replaced });
      return found.path === LEDGE_WORKER ? replaced : undefined;
    });
    build.onLoad({ filter: /./, namespace: replaced.namespace }, () => ({ contents: REPLACEMENT }));
  },
};

/**
 * What each call of `ledge` was given.
 *
 * @throws Error where the module cannot be evaluated before it has called `ledge`
 */
export async function workerOptions(main: string): Promise<WorkerOptions[]> {
  const calls: unknown[] = [];
  Object.assign(globalThis, { [Symbol.for(CALLS)]: calls });
  try {
    await importText(main, () => bundleWorker(main, replacing));
  } catch (error) {
    if (calls.length === 0) throw new Error(messageOf(error));
  }
  return calls.map((given) => options.parse(given));
}
