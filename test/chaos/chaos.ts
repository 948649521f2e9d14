/**
 * Clients of every kind work on a server that is killed again and again, and write down what they see. When all is
 * quiet, the checker compares that with what is left. Called by the crash test, and by hand: `npm run chaos`.
 */
import { app } from '../../domain/app.ts';
import { checkHistory } from '../checker/check-history.ts';
import type { FinalState } from '../checker/final-state.ts';
import type { Finding } from '../checker/finding.ts';
import { type Command, type History, historyOf } from '../checker/history.ts';
import { readFinalState } from '../checker/read-final-state.ts';
import { Recorder } from '../checker/recorder.ts';
import { Reader } from '../e2e/crash/reader.ts';
import { migrations, type Victim } from '../e2e/crash/victim.ts';
import { drainBacklog } from './backlog.ts';
import { Board } from './board.ts';
import { ChaosClient } from './client.ts';
import { fulfilmentLaw } from './fulfilment-law.ts';
import { killAndRevive, recoveriesMs } from './kills.ts';
import { runLoad } from './load.ts';
import { arrived, patienceAfter, settled, settleOrders } from './quiet.ts';
import { seeded } from './random.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Events that are written at once, and were not carried anywhere when the process died. */
  readonly backlog: number;
}

export interface Chaos {
  readonly recorder: Recorder;
  readonly state: FinalState;
  readonly findings: readonly Finding[];
  /** From a death to the first command that was accepted after it. */
  readonly recoveriesMs: readonly number[];
  /** From the last start, with nobody asking for anything, until the read side had all that was answered. */
  readonly drainMs: number;
  /** The same for the backlog. */
  readonly backlogMs: number | undefined;
}

export async function chaos(victim: Victim, options: ChaosOptions): Promise<Chaos> {
  const { kills, seed, backlog } = options;
  const url = () => victim.url;
  const recorder = new Recorder(() => performance.now());
  const reader = new Reader(url);
  const client = new ChaosClient('settler', url, recorder);
  const script = await victim.bundle('worker/index.ts');
  await victim.start(script, await migrations());
  const backlogMs = backlog > 0 ? await drainBacklog(victim, script, client, backlog) : undefined;

  const board = new Board();
  const begunMs = recorder.nowMs;
  let over = false;
  const load = runLoad({ url, recorder, board, seed, isOver: () => over });
  const deathsMs = await killAndRevive(victim, script, recorder, seeded(seed), kills);
  over = true;
  await load;

  // From here on nobody sends anything, and nobody wakes an object.
  await victim.start(script);
  const patienceMs = patienceAfter(recorder.nowMs - begunMs);
  const drainMs = await arrived(reader, answeredVersions(historyOf(recorder.lines)), patienceMs);
  await repeat(client, keyed(historyOf(recorder.lines)));
  await settleOrders(reader, client, board.webOrders, patienceMs);
  await settled(reader, patienceMs);

  const history = historyOf(recorder.lines);
  const state = await readFinalState(app, reader, history);
  return {
    recorder,
    state,
    findings: checkHistory(app, history, state, [fulfilmentLaw]),
    recoveriesMs: recoveriesMs(recorder.lines, deathsMs),
    drainMs,
    backlogMs,
  };
}

/** The newest version of each stream that anybody was answered. */
export function answeredVersions({ command }: History): Map<string, number> {
  const versions = new Map<string, number>();
  for (const { wanted, answer } of command) {
    if (!answer || answer.version === 0) continue;
    versions.set(wanted.stream, Math.max(versions.get(wanted.stream) ?? 0, answer.version));
  }
  return versions;
}

/** What was answered has to be answered so again; what was not gets its answer now. */
function keyed({ command }: History): Command[] {
  const byKey = new Map(command.map(({ wanted }) => [`${wanted.stream} ${wanted.key}`, wanted]));
  return [...byKey.values()].filter(({ key }) => key !== undefined);
}

/** A batch may touch a thousand streams. */
const BATCH_COMMANDS = 500;

async function repeat(client: ChaosClient, commands: readonly Command[]): Promise<void> {
  for (let at = 0; at < commands.length; at += BATCH_COMMANDS) {
    await client.batch(commands.slice(at, at + BATCH_COMMANDS));
  }
}
