/**
 * How every run is made. An environment variable of the same name overrides a figure; compare only
 * like with like.
 */
import { fileURLToPath } from 'node:url';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import * as z from 'zod';

/** Under load the slowest hundredth may take so many times as long as the limit's. */
export const P99_RATIO_MAX = 1.5;

/**
 * Two calibrations further apart than this say that the machine was not quiet, and that the run is
 * void.
 */
export const CALIBRATION_DRIFT_MAX = 0.1;

/** A round during which others used more of the processors than this is measured again. */
export const OTHERS_CPU_MAX = 0.05;

/** How long a round waits for the others to stop before it starts all the same. */
export const QUIET_WAIT_SECONDS_MAX = fromEnvironment('QUIET_WAIT_SECONDS_MAX', 60);

/** After so many attempts the figure stands, and the line says that it was disturbed. */
export const ATTEMPTS_MAX = fromEnvironment('ATTEMPTS_MAX', 3);

export const ROUNDS = fromEnvironment('ROUNDS', 3);
export const CONNECTIONS = fromEnvironment('CONNECTIONS', 16);
export const WARM_UP_SECONDS = fromEnvironment('WARM_UP_SECONDS', 3);

/**
 * One whole period of the alarm that looks after the relay (10 s, both sides), so that its work is
 * counted.
 */
export const ROUND_SECONDS = fromEnvironment('ROUND_SECONDS', 10);

/** Cold commands in a round, and requests of 10,000 events. */
export const COLD_SAMPLES = fromEnvironment('COLD_SAMPLES', 50);
export const BULK_REQUESTS = fromEnvironment('BULK_REQUESTS', 10);

/** Commands that are followed to D1 in a round. */
export const LAG_SAMPLES = fromEnvironment('LAG_SAMPLES', 50);

export const root = fileURLToPath(new URL('..', import.meta.url));

const config = unstable_getMiniflareWorkerOptions(`${root}test/shop/wrangler.toml`);
const { assets: _, ratelimits: __, ...deployed } = config.workerOptions;

const consumer = z
  .object({
    maxBatchSize: z.number(),
    maxBatchTimeout: z
      .number()
      .transform((seconds) => fromEnvironment('BATCH_TIMEOUT_SECONDS', seconds)),
    maxRetries: z.number(),
    deadLetterQueue: z.string().optional(),
  })
  .transform(({ deadLetterQueue, ...settings }) => ({
    ...settings,
    ...(deadLetterQueue !== undefined && { deadLetterQueue }),
  }));

/**
 * Bindings, queue and compatibility date as test/shop/wrangler.toml has them, which equal the
 * deployed ones, for both sides. Assets are not measured, nor rate limits: local ones write a row for each request, and
 * the deployed ones have no storage.
 */
export const workerOptions = {
  ...deployed,
  queueConsumers: z.record(z.string(), consumer).parse(deployed.queueConsumers),
};

function fromEnvironment(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}
