/** What a person sees of long work: a bar on a terminal, else a plain line every few seconds. */
import { stdin, stdout } from 'node:process';
import { progress } from '@clack/prompts';

export interface DisplayedProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly text: string;
}

export interface ProgressDisplay {
  /** Called as often as there is news; `now` only when something is drawn. */
  readonly show: (now: () => DisplayedProgress) => void;
  readonly end: () => void;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_STEPS = 1_000;

export function openProgressDisplay(firstText: string): ProgressDisplay {
  return stdout.isTTY ? openBar(firstText) : openProgressLines();
}

function openBar(firstText: string): ProgressDisplay {
  const bar = progress({ max: BAR_STEPS, cancelMessage: 'Interrupted.' });
  bar.start(firstText);
  // clack puts the terminal into raw mode and ends the process on Ctrl-C; a clean stop wants a SIGINT instead.
  if (stdin.isTTY) stdin.setRawMode(false);
  let steps = 0;
  const show = every(BAR_EVERY_MS, 0, ({ share, text }) => {
    const reached = Math.floor(share * BAR_STEPS);
    bar.advance(reached - steps, text);
    steps = reached;
  });
  return { show, end: () => bar.clear() };
}

/** Also where no end is known that a bar could grow towards. */
export function openProgressLines(): ProgressDisplay {
  const show = every(LINE_EVERY_MS, performance.now(), ({ text }) => stdout.write(`${text}\n`));
  return { show, end: () => undefined };
}

function every(
  ms: number,
  fromMs: number,
  draw: (now: DisplayedProgress) => void,
): ProgressDisplay['show'] {
  let drawnMs = fromMs;
  return (now) => {
    if (performance.now() - drawnMs < ms) return;
    drawnMs = performance.now();
    draw(now());
  };
}

/** `42 s`, `7 min`, `1.5 h`. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
