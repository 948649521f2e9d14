/**
 * Runs many commands of one request: one outcome per line, in the order of the lines. Works on a window of limited
 * lines and bytes at a time, so that memory stays flat. Within a window the commands of one stream go to their object
 * in one call, in order; streams run in parallel.
 */
import {
  type Failure,
  invalid,
  type Outcome,
  withoutEvents,
} from '../../core/aggregate/outcome.ts';
import { type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { toProblem } from '../../core/protocol/problem.ts';
import { PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import type { Quotas } from '../access/quotas.ts';
import type { AuthorizedCaller } from '../http/api-types.ts';
import type { ReadLine } from '../http/ndjson.ts';
import type { Read } from '../http/read-json.ts';
import { readerOf, shownOutcome } from '../http/shown-events.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import type { Backlog } from './backlog.ts';
import type { NewStreams } from './new-streams.ts';
import type { DraftCommand } from './prepare-command.ts';
import { sealedCommand } from './seal-command.ts';
import { sendWithinQuotas } from './send-within-quotas.ts';

export const BATCH_COMMANDS_MAX = 10_000;

/** The platform's limit on the calls of one invocation: each stream is a call to an object. */
export const BATCH_STREAMS_MAX = 1_000;

const WINDOW_LINES = 200;

/** The platform opens six connections at a time; more calls would queue. */
const LANES = 6;

export interface Batch {
  readonly machinery: Machinery;
  readonly newStreams: NewStreams;
  readonly quotas: Quotas;
  readonly backlog: Backlog;
  readonly env: LedgeEnv;
  readonly caller: AuthorizedCaller;
  /** The command of a line. */
  readonly draft: (line: unknown) => DraftCommand | Failure;
}

type Line = Read<DraftCommand>;

const tooManyLines = invalid(
  '',
  `A batch takes at most ${BATCH_COMMANDS_MAX} lines. This one and all after it were not read: send them in another batch.`,
);

interface RunningBatch extends Batch {
  /** Streams whose object did not answer: a later command must not overtake one with an unknown outcome. */
  readonly stalled: Set<string>;
}

const heldBack: Outcome = {
  outcome: 'unavailable',
  detail:
    'Held back: an earlier command of this stream was not answered. Send both again, in order.',
  retryAfterSeconds: 1,
};

/**
 * Yields the response of each command: that of the route for a single command, with status and problem. Lines are read
 * in parts and responses are made per window. Malformed lines count like others, so that the response is bounded.
 */
export async function* runCommandBatch(
  batch: Batch,
  lines: AsyncIterable<Iterable<ReadLine>>,
): AsyncGenerator<object[]> {
  const running: RunningBatch = { ...batch, stalled: new Set() };
  const streams = new Set<string>();
  let count = 0;
  let window: Line[] = [];
  let bytes = 0;
  for await (const some of lines) {
    for (const line of some) {
      if (++count > BATCH_COMMANDS_MAX) {
        // Leaving the loop cancels the body: lines after the limit are never read.
        yield await runWindow(running, [...window, tooManyLines]);
        return;
      }
      window.push(withinLimits(streams, prepareLine(batch, line)));
      bytes += line.bytes ?? 0;
      if (window.length === WINDOW_LINES || bytes >= PAGE_BYTES_MAX) {
        yield await runWindow(running, window);
        window = [];
        bytes = 0;
      }
    }
  }
  if (window.length > 0) yield await runWindow(running, window);
}

function prepareLine({ draft }: Batch, line: Read<unknown>): Line {
  if ('outcome' in line) return line;
  const drafted = draft(line.value);
  return 'outcome' in drafted ? drafted : { value: drafted };
}

function withinLimits(streams: Set<string>, line: Line): Line {
  if ('outcome' in line) return line;
  const stream = streamName(line.value.address);
  if (!streams.has(stream) && streams.size === BATCH_STREAMS_MAX) {
    return invalid('', `A batch touches at most ${BATCH_STREAMS_MAX} streams.`);
  }
  streams.add(stream);
  return line;
}

async function runWindow(batch: RunningBatch, window: readonly Line[]): Promise<object[]> {
  const ready = window.flatMap((line) => ('outcome' in line ? [] : [line.value]));
  await batch.backlog.refresh(batch.env);
  const { quotas, env, caller } = batch;
  await quotas.hold(env, caller.tenant, caller.quotas.commands, ready.length);
  const outcomes = await runByStream(batch, ready);
  const { basePath } = batch.machinery;
  return window.map((line) => {
    const outcome = 'outcome' in line ? line : outcomes.get(line.value);
    return describe(outcome ?? { outcome: 'failed' }, basePath);
  });
}

async function runByStream(
  batch: RunningBatch,
  commands: readonly DraftCommand[],
): Promise<Map<DraftCommand, Outcome>> {
  const outcomes = new Map<DraftCommand, Outcome>();
  const room = new AnswerRoom();
  const streams = Map.groupBy(commands, ({ address }) => streamName(address)).values();
  const lane = async () => {
    for (const ofOneStream of streams) {
      const answers = await runStream(batch, ofOneStream);
      for (const [index, drafted] of ofOneStream.entries()) {
        outcomes.set(drafted, room.fit(answers[index] ?? { outcome: 'failed' }));
      }
    }
  };
  // All lanes share one iterator, so that each stream is taken once.
  await Promise.all(Array.from({ length: LANES }, lane));
  return outcomes;
}

/**
 * Limits the events in the responses of one window, which are in memory together: after a page, outcomes have no
 * events.
 */
class AnswerRoom {
  #bytes = 0;

  fit(outcome: Outcome): Outcome {
    if (outcome.outcome !== 'accepted') return outcome;
    const bytes = valueBytes(outcome.events);
    if (this.#bytes > 0 && this.#bytes + bytes > PAGE_BYTES_MAX) return withoutEvents(outcome);
    this.#bytes += bytes;
    return outcome;
  }
}

async function runStream(
  batch: RunningBatch,
  drafts: readonly DraftCommand[],
): Promise<readonly Outcome[]> {
  const { machinery, newStreams, backlog, env, caller, stalled } = batch;
  const [first] = drafts;
  if (!first) return [];
  const stream = streamName(first.address);
  if (stalled.has(stream)) return drafts.map(() => heldBack);
  const refusal = newStreams.refusal(caller) ?? backlog.refusal(env, caller, stream);
  if (refusal) {
    stalled.add(stream);
    return drafts.map(() => refusal);
  }
  const outcomes = await executed(batch, first.address, drafts);
  await newStreams.count(env, caller, outcomes);
  const reader = readerOf(machinery, env, caller);
  const answers = await Promise.all(outcomes.map((outcome) => shownOutcome(reader, outcome)));
  if (answers.some(isHeldUp)) stalled.add(stream);
  return answers;
}

/** What cannot be sealed now holds back what comes after it, like a command that is not answered. */
async function executed(
  { machinery, quotas, env, caller }: RunningBatch,
  address: StreamAddress,
  drafts: readonly DraftCommand[],
): Promise<readonly Outcome[]> {
  const sealed = await Promise.all(drafts.map((one) => sealedCommand({ env, machinery }, one)));
  const heldFrom = sealed.findIndex((one) => 'outcome' in one && isHeldUp(one));
  const before = heldFrom < 0 ? sealed : sealed.slice(0, heldFrom);
  const commands = before.flatMap((one) => ('outcome' in one ? [] : [one.command]));
  const by = { env, log: machinery.platform.log, quotas, caller };
  const outcomes = commands.length > 0 ? await sendWithinQuotas(by, address, commands) : [];
  const left = [...outcomes];
  return sealed.map((one, index) => {
    if ('outcome' in one) return one;
    return (index < before.length ? left.shift() : undefined) ?? heldBack;
  });
}

/** A later command of its stream must not overtake it. */
function isHeldUp({ outcome }: Outcome): boolean {
  return outcome === 'unavailable' || outcome === 'too-many-requests';
}

function describe(outcome: Outcome, basePath: string): object {
  if (outcome.outcome === 'accepted') return { status: 200, ...outcome };
  return describeFailure(outcome, basePath);
}

function describeFailure(failure: Failure, basePath: string): object {
  return { outcome: failure.outcome, ...toProblem(failure, basePath) };
}
