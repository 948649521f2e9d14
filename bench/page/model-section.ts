/** What of the platform gives way first, by the model of its limits; beside it the same before, if that is published. */
import type { ModelLine } from '../../test/model/line.ts';
import { table } from './table.ts';

interface Whole {
  readonly kind: 'model';
  readonly at: string;
}

export type ModelLines = readonly [Whole, ...ModelLine[]];

export function modelSection(
  [whole, ...lines]: ModelLines,
  [, ...before]: ModelLines | readonly [] = [],
): readonly string[] {
  const of = (load: ModelLine['load']) =>
    lines.filter((one) => one.load === load && !one.isDrained).map((one) => pairOf(one, before));
  const isSpread = ({ now }: Pair) => now.queues > 1;
  const beyond = lines.filter(({ isDrained }) => isDrained).map((one) => pairOf(one, before));
  return [
    `${whole.at.slice(0, 10)}, simulated time.${before.length > 0 ? ' In brackets: the code before.' : ''}`,
    '',
    ...table(
      LIMIT_HEAD,
      of('wide')
        .filter((pair) => !isSpread(pair))
        .map(limitRow),
    ),
    '',
    ...table(SPREAD_HEAD, of('wide').filter(isSpread).map(spreadRow)),
    '',
    ...table(CONSUMER_HEAD, of('zipf').map(consumerRow)),
    '',
    ...table(BEYOND_HEAD, beyond.map(beyondRow)),
  ];
}

/** A line, and the one of the same setting from before. */
interface Pair {
  readonly now: ModelLine;
  readonly before: ModelLine | undefined;
}

const SETTING = ['load', 'commandsPerSecond', 'writeMs', 'queues', 'consumersMax'] as const;

/** Of lines that were recorded before there was a choice, too. */
const hasMetrics = (line: Pick<ModelLine, 'isDrained'> & Partial<ModelLine>) =>
  line.hasMetrics ?? !line.isDrained;

function pairOf(now: ModelLine, before: readonly ModelLine[]): Pair {
  const isSame = (one: ModelLine) =>
    SETTING.every((member) => one[member] === now[member]) &&
    one.isDrained === now.isDrained &&
    hasMetrics(one) === hasMetrics(now);
  return { now, before: before.find(isSame) };
}

function both({ now, before }: Pair, text: (line: ModelLine) => string): string {
  const [own, other] = [text(now), before && text(before)];
  return other === undefined || other === own ? own : `${own} (${other})`;
}

const LIMIT_HEAD = [
  ...['wide commands/s', 'ms a write', 'gives way first', 'events/s applied'],
  ...['lag p50, p99', 'D1 calls/s', 'a command', 'its thread', 'D1 full after'],
];

function limitRow(pair: Pair): readonly string[] {
  const { commandsPerSecond, writeMs } = pair.now;
  return [
    count(commandsPerSecond),
    String(writeMs),
    both(pair, causesOf),
    both(pair, ({ appliedPerSecond }) => count(appliedPerSecond)),
    both(pair, lagText),
    both(pair, ({ d1 }) => count(d1.callsPerSecond)),
    both(pair, ({ d1 }) => d1.callsPerCommand.toFixed(2)),
    both(pair, ({ d1 }) => percent(d1.utilisation)),
    both(pair, ({ d1 }) => timeText(d1.hoursUntilFull)),
  ];
}

const SPREAD_HEAD = [
  ...['wide commands/s', 'databases, a tenant each', 'queues', 'ms a write', 'gives way first'],
  ...['events/s applied', 'lag p50, p99', 'D1 calls/s', 'each thread', 'D1 full after'],
];

function spreadRow({ now }: Pair): readonly string[] {
  const { commandsPerSecond, databases, queues, writeMs, appliedPerSecond, d1 } = now;
  return [
    ...[count(commandsPerSecond), String(databases), String(queues), String(writeMs)],
    ...[causesOf(now), count(appliedPerSecond), lagText(now)],
    ...[count(d1.callsPerSecond), percent(d1.utilisation), timeText(d1.hoursUntilFull)],
  ];
}

const CONSUMER_HEAD = [
  ...['Zipf commands/s', 'queues', 'consumers each', 'events/s applied', 'batches lost'],
  ...['lag p50, p99', 'D1 calls/s', 'its thread'],
];

function consumerRow(pair: Pair): readonly string[] {
  const { commandsPerSecond, queues, consumersMax } = pair.now;
  return [
    count(commandsPerSecond),
    String(queues),
    String(consumersMax),
    both(pair, ({ appliedPerSecond }) => count(appliedPerSecond)),
    both(pair, ({ batches, batchesLost }) => percent(batchesLost / Math.max(1, batches))),
    both(pair, lagText),
    both(pair, ({ d1 }) => count(d1.callsPerSecond)),
    both(pair, ({ d1 }) => percent(d1.utilisation)),
  ];
}

const BEYOND_HEAD = [
  ...['a minute at twice the capacity', 'accepted', 'command p50, p99', 'messages', 'a command'],
  ...[
    'queue reads a command',
    'dead letters',
    'behind at its end',
    'everything in D1 after',
    'wrong rows',
  ],
];

function beyondRow(pair: Pair): readonly string[] {
  const { commandsPerSecond, batchMax } = pair.now;
  const unknown = hasMetrics(pair.now) ? '' : ', queues without `metrics()`';
  return [
    `${commandsPerSecond} commands/s, batches of ${batchMax}${unknown}`,
    both(pair, ({ commands, failed }) => `${commands - failed} of ${commands}`),
    both(pair, ({ commandMs }) => `${commandMs.p50}, ${commandMs.p99} ms`),
    both(pair, ({ messages }) => count(messages)),
    both(pair, ({ messages, commands }) => (messages / commands).toFixed(2)),
    both(pair, ({ queueReads = 0, commands }) => (queueReads / commands).toFixed(2)),
    both(pair, ({ dead }) => String(dead)),
    both(pair, ({ behind }) => count(behind)),
    both(pair, ({ recoveredMs = 0 }) => `${(recoveredMs / 1_000).toFixed(1)} s`),
    both(pair, ({ wrong = 0 }) => String(wrong)),
  ];
}

/** The causes alone: their figures have columns of their own. */
function causesOf({ givesWay }: ModelLine): string {
  const [first = '', ...others] = givesWay.map((cause) => cause.replace(/:.*/, ''));
  return [`**${first}**`, ...others].join(', ');
}

function lagText({ lagMs: { p50, p99 }, appliedPerSecond }: ModelLine): string {
  return appliedPerSecond === 0 ? '–' : `${count(p50)}, ${count(p99)} ms`;
}

function timeText(hours: number): string {
  if (hours < 1) return `${Math.round(hours * 60)} minutes`;
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');

const percent = (share: number) => `${Math.round(share * 100)} %`;
