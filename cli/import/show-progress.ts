/** What a person sees while an import runs. */
import { durationText, openProgressDisplay } from '../progress-display.ts';
import type { ImportState } from './import-account.ts';

export interface Display {
  readonly show: (state: ImportState) => void;
  readonly end: () => void;
}

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat('en-US', { style: 'percent' });

export function openDisplay(): Display {
  const { show, end } = openProgressDisplay('reading the input');
  return {
    show: (state) => show(() => ({ share: shareDone(state), text: progressText(state) })),
    end,
  };
}

/** `12,000 lines, 48%, 10,400 lines/s, 2 min left`: the share by bytes, the rest at the pace so far. */
function progressText(state: ImportState): string {
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
