/** The Node that runs this against the one that Ledge's package.json asks for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { packageFolder } from '../../migrations/project.ts';

const manifest = z.object({ engines: z.object({ node: z.string().startsWith('>=') }) });

/** `asked` is like `>=22.12`. */
export function nodeFaults(asked = askedNode(), running = process.versions.node): string[] {
  const wanted = asked.slice('>='.length);
  if (!isOlder(running, wanted)) return [];
  return [`Node ${running} is too old: install Node ${wanted} or newer.`];
}

function askedNode(): string {
  const file = join(packageFolder(import.meta.dirname) ?? '.', 'package.json');
  return manifest.parse(JSON.parse(readFileSync(file, 'utf8'))).engines.node;
}

function isOlder(one: string, other: string): boolean {
  const wanted = other.split('.').map(Number);
  const steps = one.split('.').map((part, index) => Number(part) - (wanted[index] ?? 0));
  return (steps.find((step) => step !== 0) ?? 0) < 0;
}
