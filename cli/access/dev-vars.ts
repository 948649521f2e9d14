/** The text of `.dev.vars`, which holds the secrets of local development. Pure. */

/** The value of a variable; undefined where no line sets it. */
export function devVar(text: string, name: string): string | undefined {
  return lineOf(name).exec(text)?.[1];
}

/** The same text with the variable set, in its line or in a new one. */
export function withDevVar(text: string, name: string, value: string): string {
  const line = `${name}="${value}"`;
  // As a function: a replacement text would read `$` as a reference.
  if (lineOf(name).test(text)) return text.replace(lineOf(name), () => line);
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

function lineOf(name: string): RegExp {
  return new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*["']?([^"'\\r\\n]*)["']?[ \\t]*$`, 'm');
}
