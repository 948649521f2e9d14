/** What a simulation is asked with. */
import * as z from 'zod';
import { ALL_STATES_BYTES_MAX } from '../../../core/aggregate/simulate.ts';
import { momentInput } from '../../http/moment-input.ts';

/** Ours: a question about a plan, not a second way to run commands. */
const STEPS_MAX = 100;

const eventStep = z.strictObject({
  event: z.strictObject({ type: z.string(), data: z.unknown() }),
});
const commandStep = z.strictObject({ command: z.string(), data: z.unknown() });

export const simulateInput = z.strictObject({
  /** Left out: now. An aggregate that does not exist starts at its initial state. */
  from: momentInput.exactOptional(),
  steps: z.array(z.union([eventStep, commandStep])).max(STEPS_MAX),
});

export const simulateQuery = z.strictObject({
  states: z
    .enum(['last', 'all'])
    .default('last')
    .describe(
      `The state after the last step, or after each: then the answer takes at most ${ALL_STATES_BYTES_MAX} bytes.`,
    ),
});
