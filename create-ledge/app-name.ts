/** The name of an app: that of its npm package, its Worker, its database and, with what follows it, its queues. */
import { templateManifest } from './template.ts';

/** Queue names end at 63 characters, and the longest suffix is `-production-events-dead`. */
const LENGTH_MAX = 40;

/** Undefined where the name is valid; else a sentence. */
export function appNameFault(name: string): string | undefined {
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) || name.length > LENGTH_MAX) {
    return `${JSON.stringify(name)} is no name for an app: it has 1 to ${LENGTH_MAX} lowercase letters, digits and dashes, begins with a letter and does not end with a dash. --name gives a name that is not the folder's.`;
  }
  const { dependencies, devDependencies } = templateManifest();
  if (!(name in { ...dependencies, ...devDependencies })) return undefined;
  return `An app that is called ${name} cannot import the package ${name}. --name gives it another name.`;
}
