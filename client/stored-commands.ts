/**
 * Commands that survive the page, in a storage that other pages, other principals and other programs share. An item's
 * name is `ledge-outbox PRINCIPAL NUMBER KEY`: new numbers follow the highest stored one, so that the order survives a
 * reload and a clock that goes back.
 */
import type { LedgeProblem } from './problem.ts';
import { leftAlone, notStored } from './problem.ts';
import type { KeyedCommand } from './send-command.ts';

/** The part of the Web's `Storage` that is used. */
export interface CommandStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
  removeItem(name: string): void;
}

export interface StoredCommand {
  /** Its name in the storage. */
  readonly name: string;
  readonly command: KeyedCommand;
}

export interface StoredCommands {
  /** The commands that earlier pages of the same principal left, in order. */
  leftovers(): StoredCommand[];
  /** Returns its name. A storage that does not take it is reported, and the command is still sent. */
  put(command: KeyedCommand): string;
  remove(name: string): void;
}

const PREFIX = 'ledge-outbox ';
const NUMBER_DIGITS = 15;

export function storedCommands(
  storage: CommandStorage | undefined,
  principal: string,
  report: (problem: LedgeProblem) => void,
): StoredCommands {
  const own = `${PREFIX}${encodeURIComponent(principal)} `;
  let last = 0;

  function names(prefix: string): string[] {
    const count = storage?.length ?? 0;
    return Array.from({ length: count }, (_, index) => storage?.key(index) ?? '')
      .filter((name) => name.startsWith(prefix))
      .sort();
  }

  function leftovers(): StoredCommand[] {
    const mine = names(own);
    const others = names(PREFIX).length - mine.length;
    if (others > 0) report(leftAlone('other-principal', others));
    const readable = mine.flatMap((name) => commandIn(name, storage?.getItem(name)));
    if (readable.length < mine.length)
      report(leftAlone('unreadable', mine.length - readable.length));
    return readable;
  }

  /** Higher than every stored number of any page. */
  function nextNumber(): number {
    const given = names(own).map((name) => Number(name.slice(own.length).split(' ')[0]));
    last = Math.max(last, ...given.filter(Number.isSafeInteger)) + 1;
    return last;
  }

  function put(command: KeyedCommand): string {
    const number = String(nextNumber()).padStart(NUMBER_DIGITS, '0');
    const name = `${own}${number} ${command.idempotencyKey}`;
    try {
      storage?.setItem(name, JSON.stringify(command));
    } catch (error) {
      report(notStored(`${command.command} of ${command.aggregate}/${command.id}`, error));
    }
    return name;
  }

  return { leftovers, put, remove: (name) => storage?.removeItem(name) };
}

/** Undefined for an item that `put` did not write. */
function commandIn(name: string, text: string | null | undefined): StoredCommand[] {
  try {
    const command = JSON.parse(text ?? '');
    const { aggregate, id, command: type, idempotencyKey } = Object(command);
    const isSound = [aggregate, id, type, idempotencyKey].every((part) => typeof part === 'string');
    return isSound ? [{ name, command }] : [];
  } catch {
    return [];
  }
}
