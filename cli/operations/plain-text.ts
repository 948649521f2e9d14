/** Text for a terminal or a log: aligned columns, and nothing that a terminal would take for a command. Pure. */

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${number.format(count)} ${count === 1 ? noun : plural}`;
}

export function numberText(count: number): string {
  return number.format(count);
}

/** Text from elsewhere may hold anything: of control characters only line breaks are left. */
export function printable(text: string): string {
  return text.replaceAll('\t', '  ').replaceAll(/(?!\n)\p{Cc}/gu, '\uFFFD');
}

/** On one line, cut at `charactersMax`. */
export function oneLine(text: string, charactersMax: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > charactersMax ? `${line.slice(0, charactersMax - 1)}…` : line;
}

/** Two spaces between columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
