/** A deployment whose LEDGE_PERSONAL_KEY was changed. */
import { runInDurableObject } from 'cloudflare:test';
import type { AggregateStub, LedgeEnv } from '../../../worker/runtime/env.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { env } from './harness.ts';
import { heldLedge } from './held-ledge.ts';

const { AggregateObject } = heldLedge(testApp, faultyPlatform);

/** A deployment with other secrets, its objects too. */
export function withSecrets(current: string, previous?: string): LedgeEnv {
  const own: LedgeEnv = {
    ...env,
    LEDGE_PERSONAL_KEY: current,
    ...(previous !== undefined && { LEDGE_PERSONAL_KEY_PREVIOUS: previous }),
    AGGREGATE: {
      getByName: (name) => {
        const answer = () =>
          runInDurableObject(env.AGGREGATE.getByName(name), (_object, ctx) => {
            // Its calls are not in the type of what a Worker exports.
            const object: unknown = new AggregateObject(ctx, own);
            return (object as AggregateStub).subjectKey();
          });
        const stub: unknown = { subjectKey: answer };
        return stub as AggregateStub;
      },
    },
  };
  return own;
}
