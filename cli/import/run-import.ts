/**
 * Joins the reader and the lanes for one run: deals each line to the lane of its stream, and stops everything
 * when the caller aborts it, when a lane gives up, or when something here breaks.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { ImportAccount } from './import-account.ts';
import type { ImportInput } from './import-input.ts';
import type { ImportSettings } from './import-settings.ts';
import { Lane } from './lane.ts';
import type { LineForm } from './line-form.ts';
import { brokenResult } from './line-result.ts';
import type { InputLine } from './read-lines.ts';

export type RunEnd =
  | { readonly ending: 'complete' | 'interrupted'; readonly reason?: undefined }
  | { readonly ending: 'gave-up'; readonly reason: string };

export async function runImport(
  settings: ImportSettings & { readonly fetch: typeof fetch },
  form: LineForm,
  input: ImportInput,
  account: ImportAccount,
  signal: AbortSignal,
): Promise<RunEnd> {
  const internal = new AbortController();
  const stop = AbortSignal.any([signal, internal.signal]);
  let gaveUp: string | undefined;
  const giveUp = (reason: string) => {
    gaveUp ??= reason;
    internal.abort();
  };
  const { path, isDecided } = form;
  const { batchLines = form.batchLines } = settings;
  const server = { ...settings, path };
  const lane = { ...settings, batchLines, isDecided, server, stop, account, giveUp };
  const lanes = Array.from({ length: settings.lanes }, () => new Lane(lane));
  stop.addEventListener('abort', () => closeAll(lanes));
  await allOrStop(internal, [
    dealLines(input, lanes, account, stop),
    ...lanes.map((lane) => lane.run()),
  ]);
  if (gaveUp !== undefined) return { ending: 'gave-up', reason: gaveUp };
  return { ending: signal.aborted ? 'interrupted' : 'complete' };
}

async function dealLines(
  input: ImportInput,
  lanes: readonly Lane[],
  account: ImportAccount,
  stop: AbortSignal,
): Promise<void> {
  for await (const line of input.lines(stop)) {
    if (stop.aborted) break;
    account.read();
    await dealLine(line, lanes, account);
    // Polled: this happens only when one line waits for the server and fifty thousand others did not.
    while (account.isTooFarAhead && !stop.aborted) await sleep(50);
  }
  closeAll(lanes);
}

async function dealLine(
  line: InputLine,
  lanes: readonly Lane[],
  account: ImportAccount,
): Promise<void> {
  if (line.kind === 'blank') account.settleBlank(line);
  else if (line.kind === 'broken') account.settle(line, brokenResult(line.number, line.reason));
  else await lanes[crc32(line.stream) % lanes.length]?.buffer.push(line);
}

function closeAll(lanes: readonly Lane[]): void {
  for (const lane of lanes) lane.buffer.close();
}

/** Waits for all of them even when one throws, so that nothing runs on behind the caller's back. */
async function allOrStop(stop: AbortController, work: readonly Promise<void>[]): Promise<void> {
  const guarded = work.map((part) =>
    part.catch((error: unknown) => {
      stop.abort();
      throw error;
    }),
  );
  await Promise.allSettled(guarded);
  await Promise.all(guarded);
}
