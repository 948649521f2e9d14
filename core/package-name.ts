/** The one place that knows the name of the package, which is the name of its command line too. */
export const PACKAGE_NAME = 'ledge';

/** How a text names a command: what a user of the package types. */
export function commandText(words: string): string {
  return `${PACKAGE_NAME} ${words}`;
}
