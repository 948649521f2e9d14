/** A history longer than D1 shall hold: the newest run of each number of events. */
import type { Beside, GrowthLine } from '../growth/line.ts';
import { table } from './table.ts';

const BUILT_PER_SECOND_MIN = 20_000;
const BYTES_MAX = 300_000_000;
const WAITS_RATIO_MAX = 2;

const HEAD = [
  ...['events', 'filled', 'fed', 'built', 'verified', 'D1 at most', 'missing'],
  ...['a command beside a build: p50, p99', 'a query: p50, p99'],
];

export function growthSection(lines: readonly GrowthLine[]): readonly string[] {
  const [newest] = lines.slice(-1);
  const last = new Map(lines.map((line) => [line.events, line]));
  const rows = [...last.values()].sort((one, other) => one.events - other.events).map(rowOf);
  return [
    `${newest?.at.slice(0, 10)}, ${newest?.cpus} processors, Node ${newest?.node}, workerd ${newest?.workerd}. In events a second; in brackets what it takes without the build.`,
    '',
    ...table(HEAD, rows),
  ];
}

function rowOf({ beside, ...line }: GrowthLine): string[] {
  return [
    line.events.toLocaleString('en'),
    rate(line.filledPerSecond),
    rate(line.fedPerSecond),
    judged(rate(line.builtPerSecond), line.builtPerSecond >= BUILT_PER_SECOND_MIN),
    rate(line.verifiedPerSecond),
    judged(`${Math.round(line.bytesMax / 1e6)} MB`, line.bytesMax < BYTES_MAX),
    judged(`${line.missing}`, line.missing === 0),
    ...(beside ? [waits(beside.command), waits(beside.query)] : ['–', '–']),
  ];
}

function waits({ quiet, building }: Beside): string {
  const each = (['p50', 'p99'] as const).map((name) =>
    judged(
      `${building[name].toFixed(1)} (${quiet[name].toFixed(1)}) ms`,
      building[name] <= WAITS_RATIO_MAX * quiet[name],
    ),
  );
  return each.join(', ');
}

const rate = (perSecond: number) => perSecond.toLocaleString('en');

const judged = (text: string, isMet: boolean) => (isMet ? text : `**${text}**, missed`);
