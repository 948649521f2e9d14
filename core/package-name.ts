/** The name of the package and of its command line. */
export const PACKAGE_NAME = 'ledge';

/** A command as a user of the package types it, for texts. */
export function commandText(words: string): string {
  return `${PACKAGE_NAME} ${words}`;
}
