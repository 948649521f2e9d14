/** What the import's tests speak with: numbered commands, input files, and an eye on a running import. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportState } from '../import-account.ts';
import type { SentLine } from './scripted-peer.ts';

/** `count` commands, dealt in turn to `streams` streams; `data.n` is the line's number. */
export function numbered(count: number, streams: number): string[] {
  return upTo(count).map((n) => line(`o-${n % streams}`, n));
}

export function line(id: string, n: number): string {
  return JSON.stringify({ aggregate: 'order', id, command: 'PlaceOrder', data: { n } });
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

export function numbersOf(lines: readonly SentLine[]): number[] {
  return lines.map(({ data }) => data.n);
}

export function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const folder = mkdtempSync(join(tmpdir(), 'ledge-import-'));
let paths = 0;

/** In one folder for the whole test file. */
export function newPath(name: string): string {
  return join(folder, `${++paths}-${name}`);
}

/** A new file of these lines. */
export function inputOf(lines: readonly string[]): string {
  const file = newPath('input.ndjson');
  writeFileSync(file, lines.map((json) => `${json}\n`).join(''));
  return file;
}

export function progressOf(file: string): string {
  return `${file}.import-progress.json`;
}

/** Give its `onProgress` to an import. */
export class Watcher {
  inFlightMax = 0;
  linesRead = 0;

  readonly onProgress = ({ linesRead, linesSettled }: ImportState): void => {
    this.linesRead = linesRead;
    this.inFlightMax = Math.max(this.inFlightMax, linesRead - linesSettled);
  };
}
