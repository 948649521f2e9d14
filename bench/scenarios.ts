/** What is measured. The limit of a scenario is the best of its bare variants in the same run. */
import { limitAlarm, limitEager, limitHeld, ours, oursHeld, type Side } from './sides.ts';

export interface Scenario {
  readonly name: string;
  /** All of them exist and are warm before the clock starts. */
  readonly products: number;
  readonly ours: Side;
  readonly limits: readonly Side[];
}

const running = { ours, limits: [limitEager, limitAlarm] };
const relayHeld = { ours: oursHeld, limits: [limitHeld] };

export const scenarios: readonly Scenario[] = [
  { name: 'hot-aggregate', products: 1, ...running },
  { name: 'hot-aggregate/relay-held', products: 1, ...relayHeld },
  { name: 'warm-aggregates', products: 1_000, ...running },
  { name: 'warm-aggregates/relay-held', products: 1_000, ...relayHeld },
];

/**
 * The limit against itself. How far its ratios are from 1 is what this machine's noise is worth.
 */
export const selfScenarios = scenarios.map((scenario) => ({
  ...scenario,
  ours: scenario.limits[0] ?? scenario.ours,
}));
