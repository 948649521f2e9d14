/** B17: what a million commands cost, worked out from what was counted. */
import { assumed, costOf, usages } from '../bill/cost.ts';
import { table } from './table.ts';

const COLUMNS = {
  alone: 'alone',
  underLoad: 'under load',
  inBatches: 'in batches of 100',
  perSaga: 'a million sagas',
} as const;

const MILLION = 1_000_000;

export function costSection(): readonly string[] {
  const { processorMsPerRequest, processorMsPerMessage, objectMsPerCall } = assumed;
  const titles = Object.values(COLUMNS);
  const costs = [usages.alone, usages.underLoad, usages.inBatches, usages.perSaga].map(costOf);
  const items = Object.keys(costs[0] ?? {});
  const rows = items.map((item) => [item, ...costs.map((cost) => dollars(cost[item] ?? 0))]);
  const totals = costs.map((cost) => `**${dollars(Object.values(cost).reduce(add, 0))}**`);
  return [
    ...table(['', ...titles], [...rows, ['**a million**', ...totals]]),
    '',
    `Assumed: ${processorMsPerRequest} ms of processor time a request, ${processorMsPerMessage} ms a message; an object ` +
      `is awake ${objectMsPerCall} ms for each call.`,
  ];
}

const dollars = (one: number) => (one * MILLION).toFixed(2);

const add = (sum: number, one: number) => sum + one;
