/** What the benchmarks are called in plans and talks; those of one number have names that begin alike. */
const NUMBERS: Readonly<Record<string, string>> = {
  'hot-aggregate': 'B1',
  'warm-aggregates': 'B2',
  'fresh-aggregates': 'B3',
  'batch-of-100': 'B4',
  'repeated-command': 'B5',
  refused: 'B6',
  'cold-command/100k-events': 'B7',
  'cold-command/snapshot': 'B8',
  'bulk-append': 'B9',
  'catch-up': 'B10',
  rebuild: 'B11',
  visible: 'B12',
  live: 'B13',
  query: 'B14',
  saga: 'B15',
  'stored-bytes': 'B18',
  'cold-command/growing-state': 'B20',
  webhook: 'B21',
  group: 'B22',
};

/** @throws when the scenario has none */
export function numberOf(scenario: string): string {
  const number = NUMBERS[scenario] ?? NUMBERS[scenario.replace(/\/.*/, '')];
  if (number === undefined) throw new Error(`${scenario} has no number.`);
  return number;
}
