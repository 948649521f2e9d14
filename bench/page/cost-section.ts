/** B17: what a million commands cost, worked out from what was counted. */
import { assumed, costOf, usages } from '../bill/cost.ts';
import { table } from './table.ts';

const COLUMNS = {
  alone: 'alone',
  toMany: 'to many aggregates',
  underLoad: 'under load',
  inBatches: 'in batches of 100',
  perSaga: 'a million sagas',
} as const;

const MILLION = 1_000_000;

export function costSection(): readonly string[] {
  const { processorMsPerRequest, processorMsPerMessage, objectMsPerCall } = assumed;
  const { objectMsPerConfirmation } = assumed;
  const titles = Object.values(COLUMNS);
  const { alone, toMany, underLoad, inBatches, perSaga } = usages;
  const columns = [alone, toMany, underLoad, inBatches, perSaga];
  const costs = columns.map(costOf);
  const items = Object.keys(costs[0] ?? {});
  const rows = items.map((item) => [item, ...costs.map((cost) => dollars(cost[item] ?? 0))]);
  const trips = columns.map(({ databaseTrips }) => String(databaseTrips));
  const totals = costs.map((cost) => `**${dollars(Object.values(cost).reduce(add, 0))}**`);
  return [
    ...table(
      ['', ...titles],
      [...rows, ['**a million**', ...totals], ['requests to D1, for one', ...trips]],
    ),
    '',
    `Assumed: ${processorMsPerRequest} ms of processor time a request, ${processorMsPerMessage} ms a message; an object ` +
      `is awake ${objectMsPerCall} ms for each call, ${objectMsPerConfirmation} ms for a confirmation.`,
  ];
}

const dollars = (one: number) => (one * MILLION).toFixed(2);

const add = (sum: number, one: number) => sum + one;
