/** Tables as Markdown has them. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
