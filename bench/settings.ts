/**
 * How every run is made. An environment variable of the same name overrides a figure; compare only
 * like with like.
 */
import { fileURLToPath } from 'node:url';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';
import { z } from 'zod';

/**
 * Below this share of the bare platform's throughput a scenario is named at the end. Nothing fails
 * for it.
 */
export const THROUGHPUT_TARGET = 0.6;

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

/** The local broker breaks near 20,000 queued messages. */
export const MESSAGES_IN_FLIGHT_MAX = 10_000;

export const root = fileURLToPath(new URL('..', import.meta.url));

const config = unstable_getMiniflareWorkerOptions(`${root}wrangler.toml`);
const { assets: _, ...deployed } = config.workerOptions;

const consumers = z.record(
  z.string(),
  z.object({
    maxBatchSize: z.number(),
    maxBatchTimeout: z
      .number()
      .transform((seconds) => fromEnvironment('BATCH_TIMEOUT_SECONDS', seconds)),
    maxRetries: z.number(),
    deadLetterQueue: z.string(),
  }),
);

/**
 * Bindings, queue and compatibility date as wrangler.toml deploys them, for both sides. Assets are
 * not measured.
 */
export const workerOptions = {
  ...deployed,
  queueConsumers: consumers.parse(deployed.queueConsumers),
};

function fromEnvironment(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}
