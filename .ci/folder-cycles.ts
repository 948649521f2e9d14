// Folders that need each other, by the imports of their files. A folder and one inside it are not held to this: files
// of the outer folder are shared by the inner ones, and its door gathers them.

import { dirname } from 'node:path';
import type { IModule } from 'dependency-cruiser';

/** Each cycle as a text: `a → b → a`. */
export function folderCycles(modules: readonly IModule[]): string[] {
  const needs = folderNeeds(modules);
  const cycles: string[] = [];
  const done = new Set<string>();
  for (const folder of needs.keys()) {
    const cycle = done.has(folder) ? undefined : wayBack(needs, folder);
    if (!cycle) continue;
    for (const one of cycle) done.add(one);
    cycles.push([...cycle, folder].join(' → '));
  }
  return cycles;
}

function folderNeeds(modules: readonly IModule[]): Map<string, Set<string>> {
  const needs = new Map<string, Set<string>>();
  for (const { source, dependencies } of modules) {
    const from = dirname(source);
    for (const { resolved } of dependencies) {
      const to = dirname(resolved);
      if (isInside(from, to) || isInside(to, from)) continue;
      needs.set(from, (needs.get(from) ?? new Set()).add(to));
    }
  }
  return needs;
}

function isInside(inner: string, outer: string): boolean {
  return inner === outer || outer === '.' || inner.startsWith(`${outer}/`);
}

/** The shortest way from a folder back to itself, without its end. */
function wayBack(needs: ReadonlyMap<string, ReadonlySet<string>>, start: string) {
  const ways = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of needs.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}
