/** Others beside ours, as one run found them. */
import type { PeerLine } from '../peers/bench-folder.ts';
import { table } from './table.ts';

/** The first line of a run. */
interface Whole {
  readonly isQuiet: boolean;
  readonly skipped: readonly { readonly peer: string; readonly why: string }[];
  readonly at: string;
  readonly node: string;
  readonly cpus: number;
}

export type PeersLines = readonly [Whole, ...PeerLine[]];

const PEERS = {
  ledge: 'Ledge, everything running',
  'emmett-pg': 'Emmett on PostgreSQL',
  'emmett-pg:inline': 'the same with an inline projection',
  'emmett-sqlite': 'Emmett on SQLite',
  restate: 'Restate',
};

interface Row {
  readonly what: string;
  /** What the scripts call it. */
  readonly scenarios: readonly string[];
  readonly better: 'more' | 'less';
}

const ROWS: readonly Row[] = [
  {
    what: 'B1 commands to one hot stream over HTTP',
    scenarios: ['http_cmd_hot_stream', 'http_cmd_1_stream'],
    better: 'more',
  },
  {
    what: 'B2 commands to 1,000 streams over HTTP',
    scenarios: ['http_cmd_1000_streams'],
    better: 'more',
  },
  {
    what: 'B3 commands, each to a new stream, over HTTP',
    scenarios: ['http_cmd_fresh_streams'],
    better: 'more',
  },
  {
    what: 'B7 one command on a cold stream of 100,000 events',
    scenarios: ['cold-command/100k-events', 'cmd_on_100k_stream'],
    better: 'less',
  },
  { what: 'B8 the same with a snapshot', scenarios: ['cold-command/snapshot'], better: 'less' },
  {
    what: 'B9 100,000 events appended to one stream',
    scenarios: ['bulk-append/one-stream', 'bulk_append_100k'],
    better: 'more',
  },
  {
    what: 'B10 asynchronous read models catch up',
    scenarios: ['catch-up/1000-streams', 'async_catchup_batch1000'],
    better: 'more',
  },
  {
    what: 'B12 an event is visible in an asynchronous read model',
    scenarios: ['visible', 'async_visible_lag'],
    better: 'less',
  },
  {
    what: 'B14 reads of one stream’s row or state over HTTP',
    scenarios: ['http_read'],
    better: 'more',
  },
];

export function peersSection([whole, ...lines]: PeersLines): readonly string[] {
  const { at, cpus, node, isQuiet, skipped } = whole;
  const peers = Object.entries(PEERS).filter(([name]) => lines.some(({ peer }) => peer === name));
  const rows = ROWS.map((row) =>
    cellsOf(
      row,
      peers.map(([name]) => name),
      lines,
    ),
  );
  return [
    `${at.slice(0, 10)}, ${cpus} processors, Node ${node}, PostgreSQL with fsync, all in one run` +
      `${isQuiet ? '' : ' (disturbed)'}. The best of a line is bold; † had errors.`,
    '',
    ...table(['', ...peers.map(([, title]) => title)], rows),
    ...skipped.map(({ peer }) => `\nNot measured, since it did not run: ${peer}.`),
  ];
}

function cellsOf({ what, scenarios, better }: Row, peers: readonly string[], lines: PeerLine[]) {
  const found = peers.map((name) =>
    lines.findLast(({ peer, scenario }) => peer === name && scenarios.includes(scenario)),
  );
  const values = found.flatMap((line) => (line && !hasErrors(line) ? [line.value] : []));
  const best = better === 'more' ? Math.max(...values) : Math.min(...values);
  return [what, ...found.map((line) => cellOf(line, line?.value === best))];
}

function cellOf(line: PeerLine | undefined, isBest: boolean): string {
  if (!line) return '–';
  const { value, unit, p99_ms: p99Ms } = line;
  const figure = unit === 'ms' ? `${value} ms` : `${value.toLocaleString('en')}/s`;
  const tail = p99Ms === undefined ? '' : ` (p99 ${Math.round(p99Ms)} ms)`;
  return `${isBest ? `**${figure}**` : figure}${tail}${hasErrors(line) ? ' †' : ''}`;
}

const hasErrors = ({ non2xx = 0, socket_errors: broken = 0 }: PeerLine) => non2xx + broken > 0;
