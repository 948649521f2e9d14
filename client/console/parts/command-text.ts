/** Requests as a shell takes them. */
import { apiPath } from './addresses.ts';

/** Quoted where a shell would read something else in it. */
export function shellWord(text: string): string {
  return /^[\w./:@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** With the key in a variable, which local development does not need. */
export function curlText(path: string, body: unknown): string {
  return [
    `curl -X POST ${shellWord(`${location.origin}${apiPath}${path}`)}`,
    '-H "Authorization: Bearer $LEDGE_TOKEN"',
    "-H 'content-type: application/json'",
    `-d ${shellWord(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}
