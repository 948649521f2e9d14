/** The value of a header that may be quoted. */
export function unquoted(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}
