/**
 * What has to be so before the product's modules are loaded: `cloudflare:workers` is there, and a fault is planted in
 * the text of a module, for those who want to see that it is found.
 */
import { registerHooks } from 'node:module';
import type { Plant } from './plants.ts';

const WORKERS = 'cloudflare:workers';

const workersModule = `
  export class DurableObject {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }
  }`;

export function prepareModules(plant: Plant | undefined): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === WORKERS
        ? { url: WORKERS, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      if (url === WORKERS) return { format: 'module', source: workersModule, shortCircuit: true };
      const loaded = next(url, context);
      if (!plant || !url.endsWith(`/${plant.file}`)) return loaded;
      return { ...loaded, source: planted(String(loaded.source), plant) };
    },
  });
}

/** @throws when a text is not there exactly once: then the plant is of an older day */
function planted(source: string, { file, changes }: Plant): string {
  return changes.reduce((changed, [text, instead]) => {
    const [before, after, ...more] = changed.split(text);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`Not exactly once in ${file}: ${text}`);
    }
    return `${before}${instead}${after}`;
  }, source);
}
