/**
 * Clients of every kind work on a server that is killed again and again, and write down what they see. When all is
 * quiet, the checker compares that with what is left. Called by the crash test, and by hand: `npm run chaos`.
 */

import { checkHistory } from '../checker/check-history.ts';
import type { FinalState } from '../checker/final-state.ts';
import type { Finding } from '../checker/finding.ts';
import { type History, historyOf } from '../checker/history.ts';
import { readFinalState } from '../checker/read-final-state.ts';
import { Recorder } from '../checker/recorder.ts';
import { Reader } from '../e2e/crash/reader.ts';
import { migrations, type Victim } from '../e2e/crash/victim.ts';
import { app } from '../shop/app.ts';
import { askAgain } from './ask-again.ts';
import { drainBacklog } from './backlog.ts';
import { Board } from './board.ts';
import { ChaosClient } from './client.ts';
import { Follower } from './follower.ts';
import { fulfilmentLaw } from './fulfilment-law.ts';
import { killAndRevive, recoveriesMs } from './kills.ts';
import { runLoad } from './load.ts';
import { arrived, patienceAfter, settled, settleOrders, shownInTime } from './quiet.ts';
import { seeded } from './random.ts';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  /** Events that were committed and not delivered when the process was killed. */
  readonly backlog: number;
}

export interface Chaos {
  readonly recorder: Recorder;
  readonly state: FinalState;
  readonly findings: readonly Finding[];
  /** From a death to the first command that was accepted after it. */
  readonly recoveriesMs: readonly number[];
  /** From the last start, without any request, until the read side had everything that was answered. */
  readonly drainMs: number;
  /** The same for the backlog. */
  readonly backlogMs: number | undefined;
}

/** Sagas are settled one by one in the end. */
const WEB_EVERY = 10;

/** A port without a listener. */
const NOBODY = 'http://127.0.0.1:1';

export async function chaos(victim: Victim, options: ChaosOptions): Promise<Chaos> {
  const { kills, seed, backlog } = options;
  const url = () => victim.url;
  const recorder = new Recorder(() => performance.now());
  const reader = new Reader(url);
  const client = new ChaosClient('settler', url, recorder);
  const script = await victim.bundle('test/shop/entry.ts');
  await victim.start(script, await migrations());
  const backlogMs = backlog > 0 ? await drainBacklog(victim, script, client, backlog) : undefined;

  const follower = new Follower({ url: 'http://victim', WebSocket: socketsTo(url) }, 'products');
  const board = new Board();
  const begunMs = recorder.nowMs;
  let over = false;
  const load = runLoad({ url, recorder, board, seed, webEvery: WEB_EVERY, isOver: () => over });
  const deathsMs = await killAndRevive(victim, script, recorder, seeded(seed), kills);
  over = true;
  await load;

  // From here on no client sends a request, and no object is woken.
  await victim.start(script);
  const patienceMs = patienceAfter(recorder.nowMs - begunMs);
  const drainMs = await arrived(reader, answeredVersions(historyOf(recorder.lines)), patienceMs);
  await askAgain(client, historyOf(recorder.lines));
  await settleOrders(reader, client, board.webOrders, patienceMs);
  await settled(reader, patienceMs);

  const history = historyOf(recorder.lines);
  const state = await readFinalState(app, reader, history);
  const wronglyShown = await shownInTime(follower, reader, patienceMs);
  follower.close();
  return {
    recorder,
    state,
    findings: [...checkHistory(app, history, state, [fulfilmentLaw]), ...wronglyShown],
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

/** For any address, because the server has another port after each start. */
function socketsTo(url: () => string | undefined) {
  return class extends WebSocket {
    constructor(asked: string) {
      const { pathname, search } = new URL(asked);
      super(new URL(`${pathname}${search}`, url() ?? NOBODY));
    }
  };
}
