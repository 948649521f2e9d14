/** Another version of the code on the same bindings: what a deployment brings. Its builds go page by page. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import type { App } from '../../../core/app.ts';
import type { LiveNotification } from '../../../core/live/watch.ts';
import { buildPage } from '../../../worker/projections/versions/build-page.ts';
import { projectorFor } from '../../../worker/projector/projector.ts';
import type { LedgeEnv } from '../../../worker/runtime/env.ts';
import { machineryFor } from '../../../worker/runtime/machinery.ts';
import { alike } from './alike-stub.ts';
import { faultyPlatform } from './faults.ts';
import { type Answer, env } from './harness.ts';
import { heldLedge } from './held-ledge.ts';

let deliveries = 0;

/** Of a page of a build, as many as there may be. */
const PAGE_EVENTS = 5_000;

interface Trouble {
  /** Which objects do not answer, by their names. */
  readonly unreachable?: (name: string) => boolean;
  /** Which objects never answer. */
  readonly hanging?: (name: string) => boolean;
  /** Takes the place of the Live objects' ears. */
  readonly notified?: (watches: readonly LiveNotification[]) => void;
  /** Take the place of variables and secrets. */
  readonly vars?: Pick<LedgeEnv, 'LEDGE_PERSONAL_KEY'>;
}

const never = () => new Promise<never>(() => undefined);

const neverAnswering = alike(never);

export function deployment(
  app: App,
  { unreachable = () => false, hanging = () => false, notified, vars }: Trouble = {},
) {
  const woken: string[] = [];
  const { AGGREGATE: aggregates, LIVE: live }: LedgeEnv = env;
  const own: LedgeEnv = {
    ...env,
    ...vars,
    AGGREGATE: {
      getByName: (name) => {
        if (unreachable(name)) throw new Error('Internal error in Durable Object storage.');
        return hanging(name) ? neverAnswering : aggregates.getByName(name);
      },
    },
    LIVE: {
      getByName: (name) => ({
        fetch: (request) => live.getByName(name).fetch(request),
        changed: async (watches) =>
          (notified ?? ((all) => live.getByName(name).changed(all)))(watches),
        dismiss: (dismissal) => live.getByName(name).dismiss(dismissal),
      }),
    },
    REBUILD: {
      getByName: (name) => ({
        wake: async () => {
          woken.push(name);
        },
      }),
    },
  };
  const worker = heldLedge(app, faultyPlatform);
  const machinery = machineryFor(app, faultyPlatform);
  const projector = projectorFor(machinery, own, machinery.databases.first(own));

  const call = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const request = new Request(`http://ledge.test${path}`, init);
    const response = await worker.fetch(request, own, createExecutionContext());
    const text = await response.text();
    const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body };
  };

  return {
    machinery,
    projector,
    worker,
    env: own,
    /** The projections whose builds were woken. */
    woken,
    get: (path: string, headers: Record<string, string> = {}) => call(path, { headers }),
    post: (path: string, body: unknown = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    /** Hands messages to its consumer in one batch; answers how many were not acknowledged. */
    deliver: async (bodies: readonly string[], queue = 'events'): Promise<number> => {
      const messages = bodies.map((body) => ({
        id: `d${++deliveries}`,
        timestamp: new Date(),
        attempts: 1,
        body,
      }));
      const batch = createMessageBatch<unknown>(queue, messages);
      await worker.queue(batch, own);
      const { explicitAcks } = await getQueueResult(batch, createExecutionContext());
      return bodies.length - explicitAcks.length;
    },
    build: async (projection: string) =>
      (await buildPage(projector, projection, PAGE_EVENTS)) === 'idle' ? 'idle' : 'more',
    /** All that there is to build. */
    buildAll: async (projection: string): Promise<number> => {
      let pages = 0;
      while ((await buildPage(projector, projection, PAGE_EVENTS)) !== 'idle') pages++;
      return pages;
    },
  };
}
