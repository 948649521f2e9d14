/** The words of Markdown that a catalog is made of. Pure. */

/** A table, or nothing without lines. */
export function tableText(
  heads: readonly string[],
  lines: readonly (readonly string[])[],
): readonly string[] {
  if (lines.length === 0) return [];
  return ['', ...[heads, heads.map(() => '---'), ...lines].map(tableLine)];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map(cellText).join(' | ')} |`;
}

/** A line break or a bar would end the cell. */
function cellText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}

export function codeText(text: string): string {
  return `\`${text}\``;
}

export function codeList(names: readonly string[]): string {
  return names.map(codeText).join(', ');
}
