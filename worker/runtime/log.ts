/** Structured JSON, one line an operation. */
import type { LineWriter } from './written-line.ts';

export const writeLine: LineWriter = (level, line) => {
  console[level](JSON.stringify({ level, ...line }));
};
