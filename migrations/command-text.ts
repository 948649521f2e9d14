/** How a command is typed, for the texts that say what to do. */
export function commandText(command: string, ...args: readonly string[]): string {
  return `npm run ${[command, ...(args.length > 0 ? ['--'] : []), ...args].join(' ')}`;
}
