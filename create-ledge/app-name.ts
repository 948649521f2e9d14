/** The name of an app: that of its npm package, its Worker, its database and, in part, of its queues. */
import { templateManifest } from './template.ts';

/** A queue's name has at most 63 characters, and the longest is `events-…-production-dead`. */
const LENGTH_MAX = 40;

/** The queue of such an app would be that of an environment of another app, or a dead-letter queue. */
const RESERVED = /-(staging|production|dead)$/;

/** Undefined where the name is valid; else a sentence. */
export function appNameFault(name: string): string | undefined {
  if (!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) || name.length > LENGTH_MAX) {
    return `${JSON.stringify(name)} is no name for an app: it has 1 to ${LENGTH_MAX} lowercase letters, digits and dashes, begins with a letter and does not end with a dash. --name gives another name than the folder's.`;
  }
  const [reserved] = RESERVED.exec(name) ?? [];
  if (reserved !== undefined) {
    return `${name} ends with ${reserved}, as names of environments and queues do. --name gives another name.`;
  }
  const { dependencies, devDependencies } = templateManifest();
  if (!Object.hasOwn({ ...dependencies, ...devDependencies }, name)) return undefined;
  return `An app that is called ${name} cannot import the package ${name}. --name gives another name.`;
}
