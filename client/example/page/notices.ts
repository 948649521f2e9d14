/** Notices of commands that were refused later; shown until they are dismissed. */
import type { OrderDraft } from './order-draft.ts';
import { type ValueStore, valueStore } from './value-store.ts';
import { commandName, reasonText } from './words.ts';

export interface Notice {
  readonly text: string;
  /** The form's values, for a refused order. */
  readonly draft?: OrderDraft;
}

export const notices: ValueStore<readonly Notice[]> = valueStore<readonly Notice[]>([]);

export function notify(notice: Notice): void {
  notices.set([...notices.get(), notice]);
}

export function dismiss(notice: Notice): void {
  notices.set(notices.get().filter((other) => other !== notice));
}

/** `reason` is the domain's; without one the server could not process the command. */
export function refusalText(what: string, command: string, reason: string | undefined): string {
  const why = reason === undefined ? 'the server could not take it' : reasonText(reason);
  return `${commandName(command)} of ${what} was refused: ${why}.`;
}
