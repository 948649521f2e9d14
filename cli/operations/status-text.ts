/** The states of projections as text: a table, with a line below for whatever is not simply serving. Pure. */
import type {
  GenerationStatus,
  Lag,
  ProjectionStatus,
  TableReport,
} from '../../core/operator-shapes/projection-status.ts';
import { durationText } from '../progress-display.ts';
import type { GenerationId } from './find-generation.ts';
import { columns, countText, numberText, oneLine } from './plain-text.ts';

const HEAD = ['projection', 'version', 'serving', 'state', 'lag', 'parked', 'last error'];
const ERROR_CHARACTERS_MAX = 100;
const REASON_CHARACTERS_MAX = 300;

const percent = new Intl.NumberFormat('en-US', { style: 'percent' });

export function statusTable(projections: readonly ProjectionStatus[]): string {
  const [head = '', ...rows] = columns([HEAD, ...projections.map(statusRow)]);
  const lines = projections.flatMap((projection, index) => [
    rows[index] ?? '',
    ...projection.generations
      .filter((one) => !isSimplyServing(one) || lagsAlone(projection, one))
      .map((one) => `  ${generationText(projection, one)}`),
  ]);
  return [head, ...lines, ...sagaLines(projections)].join('\n');
}

/** Reactors of a saga are operated like projections, under names that no user gave. */
function sagaLines(projections: readonly ProjectionStatus[]): string[] {
  const sagas = projections.flatMap(({ name }) => /^(.+)\.routing$/.exec(name)?.[1] ?? []);
  return sagas.map(
    (saga) =>
      `${saga}.routing brings events to the instances of the saga ${saga}, ${saga}.dispatch sends their commands.`,
  );
}

function statusRow(projection: ProjectionStatus): string[] {
  const { name, version, serving, state, lag, parked, lastError } = projection;
  return [
    name,
    String(version ?? '-'),
    String(serving ?? '-'),
    state,
    lagText(lag),
    numberText(parked),
    lastError === null ? '-' : oneLine(lastError, ERROR_CHARACTERS_MAX),
  ];
}

function isSimplyServing({ serving, state }: GenerationStatus): boolean {
  return serving && state === 'live';
}

/** The row above has the sum of all databases. */
function lagsAlone({ generations }: ProjectionStatus, { database, parked, lag }: GenerationStatus) {
  return parked + lag.events > 0 && generations.some((one) => one.database !== database);
}

export function generationText(projection: ProjectionStatus, generation: GenerationStatus): string {
  const label = generationLabel(projection, generation);
  const { state, reason, build, report, changedAt } = generation;
  switch (state) {
    case 'live':
      return `${label}: live${laggingText(generation)}`;
    case 'catching-up':
      return `${label}: ${build ? buildText(build) : 'catching up'}${obstacleText(reason)}`;
    case 'verified':
      return `${label}, ${changedAt}: ${report ? verdictText(report) : 'verified'}`;
    case 'paused':
    case 'stopped':
    case 'inactive': {
      const place = build ? ` at ${placeText(build)}` : '';
      return `${label}: ${state}${place}. ${oneLine(reason ?? '', REASON_CHARACTERS_MAX)}`;
    }
  }
}

/** What a build that is retried cannot get past. */
export function obstacleText(reason: string | null): string {
  return reason === null ? '' : `. It cannot go on: ${oneLine(reason, REASON_CHARACTERS_MAX)}`;
}

const PURPOSES = { primary: '', rebuild: ' rebuild', verify: ' verification' };

/** `orders@2`, `orders@2 rebuild`; of several databases `orders@2 rebuild in DB_2`. */
export function generationLabel(
  { name, generations }: ProjectionStatus,
  { database, version, purpose }: GenerationId,
): string {
  const place = generations.some((one) => one.database !== database) ? ` in ${database}` : '';
  return `${name}@${version}${PURPOSES[purpose]}${place}`;
}

type Build = NonNullable<GenerationStatus['build']>;

/** `12,000 of 100,000 events, 12%, 20,000 events/s, 5 s left`: the server's own figures. */
export function buildText(build: Build): string {
  const { eventsPerSecond, secondsLeft } = build;
  return [
    placeText(build),
    percent.format(shareDone(build)),
    ...(eventsPerSecond > 0 ? [`${numberText(eventsPerSecond)} events/s`] : []),
    ...(secondsLeft === null ? [] : [`${durationText(secondsLeft * 1_000)} left`]),
  ].join(', ');
}

export function shareDone({ done, total }: Build): number {
  return total === 0 ? 1 : done / total;
}

function placeText({ done, total }: Build): string {
  return `${numberText(done)} of ${countText(total, 'event')}`;
}

function lagText({ events, seconds }: Lag): string {
  return events === 0 ? '0' : `${countText(events, 'event')}, ${durationText(seconds * 1_000)}`;
}

function laggingText({ parked, lag }: GenerationStatus): string {
  return parked + lag.events === 0 ? '' : `, ${numberText(parked)} parked, lag ${lagText(lag)}`;
}

function verdictText(report: readonly TableReport[]): string {
  const different = report.filter((table) => !isSame(table)).map(({ table }) => table);
  return different.length === 0 ? 'no difference' : `${different.join(', ')} differed`;
}

export function isSame({ onlyLive, onlyRecomputed }: TableReport): boolean {
  return onlyLive === 0 && onlyRecomputed === 0;
}

export function reportTable(report: readonly TableReport[]): string {
  const rows = report.map(({ table, rows: count, onlyLive, onlyRecomputed }) => [
    table,
    ...[count, onlyLive, onlyRecomputed].map(numberText),
  ]);
  return columns([['table', 'rows', 'only live', 'only recomputed'], ...rows]).join('\n');
}
