/** The Node that the command line and wrangler need: an older one fails later, with an error of a missing function. */
import { PACKAGE_NAME } from '../core/package-name.ts';

/** Of `node:sqlite`, without a flag. Wrangler 4.155 and commander 15 need 22.12. */
const NEEDED = [22, 13] as const;

/** Why the commands cannot run on this version of Node; undefined where they can. */
export function oldNodeReason(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor, neededMinor] = NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return undefined;
  return `${PACKAGE_NAME} needs Node ${NEEDED.join('.')} or newer, and this is Node ${version}. Install a newer Node and run the command again.`;
}
