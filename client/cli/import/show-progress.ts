/** What a person sees while an import runs: a bar on a terminal, else a plain line every few seconds. */
import { stdin, stdout } from 'node:process';
import { progress } from '@clack/prompts';
import type { ImportState } from './import-account.ts';

export interface Display {
  readonly show: (state: ImportState) => void;
  readonly end: () => void;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_STEPS = 1_000;

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat('en-US', { style: 'percent' });

export function openDisplay(): Display {
  return stdout.isTTY ? openBar() : openLines();
}

function openBar(): Display {
  const bar = progress({ max: BAR_STEPS });
  bar.start('reading the input');
  // clack puts the terminal into raw mode and ends the process on Ctrl-C; the import wants a SIGINT instead.
  if (stdin.isTTY) stdin.setRawMode(false);
  let steps = 0;
  const show = every(BAR_EVERY_MS, (state) => {
    const reached = Math.floor(shareDone(state) * BAR_STEPS);
    bar.advance(reached - steps, progressText(state));
    steps = reached;
  });
  return { show, end: () => bar.clear() };
}

function openLines(): Display {
  const show = every(LINE_EVERY_MS, (state) => stdout.write(`${progressText(state)}\n`));
  return { show, end: () => undefined };
}

function every(ms: number, show: (state: ImportState) => void): Display['show'] {
  let shownMs = 0;
  return (state) => {
    if (state.elapsedMs - shownMs < ms) return;
    shownMs = state.elapsedMs;
    show(state);
  };
}

/** `12,000 lines, 48%, 10,400 lines/s, 2 min left`: the share by bytes, the rest at the pace so far. */
export function progressText(state: ImportState): string {
  const perSecond = state.linesSettled / (state.elapsedMs / 1_000);
  const bytesLeft = state.bytesTotal - state.bytesSkipped - state.bytesSettled;
  const msLeft = (bytesLeft / state.bytesSettled) * state.elapsedMs;
  return [
    `${number.format(state.linesSettled)} lines`,
    percent.format(shareDone(state)),
    `${number.format(perSecond)} lines/s`,
    `${durationText(msLeft)} left`,
  ].join(', ');
}

function shareDone({ bytesTotal, bytesSkipped, bytesSettled }: ImportState): number {
  return (bytesSkipped + bytesSettled) / bytesTotal;
}

function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
