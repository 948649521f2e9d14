/** Requests as a shell takes them. */
import { apiPath } from './addresses.ts';

/** Quoted where a shell would read something else in it. */
export function shellWord(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** With the key in a variable, which local development does not need. */
export function curlText(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): string {
  return [
    `curl -X POST ${shellWord(`${location.origin}${apiPath}${path}`)}`,
    '-H "Authorization: Bearer $LEDGE_TOKEN"',
    "-H 'content-type: application/json'",
    ...Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`),
    `-d ${shellWord(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

export interface WrittenFile {
  readonly name: string;
  /** One line. */
  readonly text: string;
}

/** `words`: behind `ledge`. A file that they name is written first. */
export function cliText(words: readonly string[], file?: WrittenFile): string {
  const line = ['ledge', ...words.map(shellWord)].join(' ');
  return file ? `echo ${shellWord(file.text)} > ${shellWord(file.name)}\n${line}` : line;
}
