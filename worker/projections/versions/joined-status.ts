/** The status of the projections over several databases: each has its own generations of each of them. Pure. */
import type { ProjectionStatus } from '../../../core/operator-shapes/projection-status.ts';

/** The worst first. */
const FROM_THE_WORST: readonly ProjectionStatus['state'][] = [
  ...(['stopped', 'paused', 'inactive'] as const),
  ...(['building', 'rebuilding', 'live'] as const),
];

/** `databases`: the statuses of each of them. One that lacks a projection says nothing of it. */
export function joinedStatus(
  databases: readonly (readonly ProjectionStatus[])[],
): ProjectionStatus[] {
  return [...Map.groupBy(databases.flat(), ({ name }) => name).values()].map(joined);
}

function joined(statuses: readonly ProjectionStatus[]): ProjectionStatus {
  const [first] = statuses;
  if (!first) throw new RangeError('Each projection has a status.');
  const { name, version } = first;
  const sumOf = (count: (status: ProjectionStatus) => number) =>
    statuses.reduce((sum, one) => sum + count(one), 0);
  return {
    ...{ name, version },
    serving: oldest(statuses.map(({ serving }) => serving)),
    state: worst(statuses.map(({ state }) => state)) ?? first.state,
    lag: {
      events: sumOf(({ lag }) => lag.events),
      seconds: Math.max(...statuses.map(({ lag }) => lag.seconds)),
    },
    undelivered: sumOf(({ undelivered }) => undelivered),
    parked: sumOf(({ parked }) => parked),
    lastError: statuses.map(({ lastError }) => lastError).find((one) => one !== null) ?? null,
    generations: statuses.flatMap(({ generations }) => generations),
  };
}

function oldest(servings: readonly (number | null)[]): number | null {
  const known = servings.filter((one) => one !== null);
  return known.length < servings.length ? null : Math.min(...known);
}

function worst(states: readonly ProjectionStatus['state'][]) {
  return FROM_THE_WORST.find((state) => states.includes(state));
}
