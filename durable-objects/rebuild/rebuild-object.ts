/**
 * Drives a projection's builds in one database, page by page, on its alarm. Their progress is stored in D1 with the rows: this object
 * stores the alarm alone, which survives a crash.
 */

import { DurableObject } from 'cloudflare:workers';
import { namedIn } from '../../core/protocol/deployment-names.ts';
import { backoff } from '../../core/values/backoff.ts';
import { ALARM_DISTANCE_MS } from '../alarm.ts';
import type { ObjectClass } from '../object-class.ts';
import type { Ports } from '../ports.ts';
import { BuildPace } from './build-pace.ts';

/** Our limit on one run of the alarm, so that a pause takes effect soon; the platform allows 15 minutes. */
const RUN_MS_MAX = 10_000;

/**
 * Our limit on the queries of a run, at which no further page begins. D1 refuses an invocation more than a thousand; a
 * page takes some twenty, and one that is halved down to one event fewer than 600.
 */
const QUERIES_MAX = 400;

const RETRY_AFTER_MS = { first: 2_000, max: 60_000 };

export function rebuildObject<Env>(ports: Ports<Env>): ObjectClass<Env> {
  return class RebuildObject extends DurableObject<Env> {
    #pace = new BuildPace();
    #failures = 0;

    /** Starts the alarm, because there may be something to build. */
    async wake(): Promise<void> {
      if ((await this.ctx.storage.getAlarm()) === null)
        await this.ctx.storage.setAlarm(ports.nowMs());
    }

    /** Never throws: workerd retries an alarm only six times. */
    override async alarm(): Promise<void> {
      const name = this.ctx.id.name ?? '';
      try {
        if ((await this.#run(name)) === 'more')
          await this.ctx.storage.setAlarm(ports.nowMs() + ALARM_DISTANCE_MS);
        this.#failures = 0;
      } catch (error) {
        const { database, name: projection } = namedIn(name);
        ports.log('warn', { operation: 'build', database, projection, error });
        this.#failures++;
        await this.ctx.storage.setAlarm(ports.nowMs() + backoff(RETRY_AFTER_MS, this.#failures));
      }
    }

    async #run(name: string): Promise<'more' | 'idle'> {
      const endMs = ports.nowMs() + RUN_MS_MAX;
      for (let queries = 0; queries < QUERIES_MAX && ports.nowMs() < endMs; ) {
        const page = await ports.buildPage(this.env, name, this.#pace.events);
        if (page === 'idle') return this.#ended();
        queries += page.queries;
        // A timer even without a pause: only it lets workerd deliver calls that have arrived.
        await scheduler.wait(this.#pace.after(page));
      }
      return 'more';
    }

    #ended(): 'idle' {
      this.#pace = new BuildPace();
      return 'idle';
    }
  };
}
