/** How far long work is, for people: a line every few seconds, none with `--json`. */
import { openProgressLines } from '../progress-display.ts';
import type { Flags } from './command-line.ts';

export function textLines({ json }: Pick<Flags, 'json'>): (text: string) => void {
  const lines = json ? undefined : openProgressLines();
  return (text) => lines?.show(() => ({ share: 0, text }));
}
