/** Where a catalog comes from: the app of the project, or the answer of `/catalog.json` in a file, for consumers without the app. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import * as z from 'zod';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { type Catalog, catalogShape } from '../../core/catalog/catalog-shape.ts';
import { loadApp } from '../../migrations/load-app.ts';
import { messageOf, type ProjectFlags, readProject } from '../../migrations/project.ts';

export interface CatalogFlags extends ProjectFlags {
  readonly catalog?: string;
}

export function withCatalog(program: Command): Command {
  return program
    .option('--catalog <file>', 'an answer of /catalog.json, instead of the app')
    .option('--app <file>', 'the module that exports the app')
    .option('--config <file>', 'instead of wrangler.toml');
}

/** @throws Error with a sentence */
export async function readCatalog({ catalog: file, ...flags }: CatalogFlags): Promise<Catalog> {
  if (file === undefined) return catalogOf(await loadApp(readProject(flags).app));
  return parsedJsonFile(file, catalogShape, 'a catalog as /catalog.json answers it');
}

/** @throws Error with a sentence, for a file that is not `what` */
export function parsedJsonFile<Shape extends z.ZodType>(
  file: string,
  shape: Shape,
  what: string,
): z.output<Shape> {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new Error(`${file} is not ${what}: ${fault}`);
  }
}
