/** What a user of an older Node is to know: this program runs on it, the app's tools do not. */
import { neededNode } from './template.ts';

/** Lines to print, none where the version is new enough. */
export function oldNodeNote(version = process.versions.node, needed = neededNode()): string[] {
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return [];
  return ['', `The app needs Node ${needed} or newer, and this is Node ${version}.`];
}
