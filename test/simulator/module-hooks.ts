/**
 * What has to be so before the product's modules are loaded: `cloudflare:workers` is there, limits are so low that few
 * events reach them, and a fault is planted in the text of a module, where the run is to find it.
 */
import { registerHooks } from 'node:module';
import type { Change } from './plants.ts';

const WORKERS = 'cloudflare:workers';

/** Pages and units of work of some three events, messages that often are references, sagas' transitions in several. */
export const LOW_LIMITS: readonly Change[] = [
  {
    file: 'durable-objects/aggregate/event-log.ts',
    changes: [['bytesMax ?? PAGE_BYTES_MAX, PAGE_BYTES_MAX', 'bytesMax ?? PAGE_BYTES_MAX, 1_200']],
  },
  {
    file: 'durable-objects/aggregate/unit-of-work.ts',
    changes: [['this.#storedBytes >= PAGE_BYTES_MAX', 'this.#storedBytes >= 1_200']],
  },
  {
    file: 'worker/journal/page-texts.ts',
    changes: [['BODY_BYTES_MAX = 1_000_000', 'BODY_BYTES_MAX = 1_200']],
  },
  {
    file: 'worker/journal/read-journal.ts',
    changes: [['total <= $', 'total <= 1_200 + 0 * $']],
  },
  {
    file: 'worker/queries/journal-page.ts',
    changes: [['total <= $', 'total <= 1_200 + 0 * $']],
  },
  {
    file: 'durable-objects/aggregate/relay.ts',
    changes: [['MESSAGE_BYTES_MAX = 120_000', 'MESSAGE_BYTES_MAX = 1_500']],
  },
  {
    file: 'core/process/saga-transition.ts',
    changes: [['EVENT_BYTES = 100_000', 'EVENT_BYTES = 150']],
  },
];

const workersModule = `
  export class DurableObject {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }
  }
  export class WorkerEntrypoint {}
  export const tracing = { enterSpan: (_name, work) => work({ isTraced: false }) };`;

/** `changes` of the product's text; the model of the platform makes none. */
export function prepareModules(changes: readonly Change[]): void {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === WORKERS
        ? { url: WORKERS, format: 'module', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) => {
      if (url === WORKERS) return { format: 'module', source: workersModule, shortCircuit: true };
      const loaded = next(url, context);
      const own = changes.filter(({ file }) => url.endsWith(`/${file}`));
      if (own.length === 0) return loaded;
      return { ...loaded, source: own.reduce(changed, String(loaded.source)) };
    },
  });
}

/** @throws when a text is not there exactly once: then the change is older than the module */
function changed(source: string, { file, changes }: Change): string {
  return changes.reduce((current, [text, instead]) => {
    const [before, after, ...more] = current.split(text);
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`Not exactly once in ${file}: ${text}`);
    }
    return `${before}${instead}${after}`;
  }, source);
}
