/** What was refused after the fact: said until it is read. */
import type { OrderDraft } from './order-draft.ts';
import { type ValueStore, valueStore } from './value-store.ts';
import { commandName, reasonText } from './words.ts';

export interface Notice {
  readonly text: string;
  /** Of an order that was refused: what was typed. */
  readonly draft?: OrderDraft;
}

export const notices: ValueStore<readonly Notice[]> = valueStore<readonly Notice[]>([]);

export function notify(notice: Notice): void {
  notices.set([...notices.get(), notice]);
}

export function dismiss(notice: Notice): void {
  notices.set(notices.get().filter((other) => other !== notice));
}

/** `reason` is the domain's; without one the server could not take the command at all. */
export function refusalText(what: string, command: string, reason: string | undefined): string {
  const why = reason === undefined ? 'the server could not take it' : reasonText(reason);
  return `${commandName(command)} of ${what} was refused: ${why}.`;
}
