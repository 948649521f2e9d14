/** Where a catalog comes from: the app of the project, or the answer of `/catalog.json` in a file, for consumers without the app. */
import type { Command } from 'commander';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { type Catalog, catalogShape } from '../../core/catalog/catalog-shape.ts';
import { loadApp } from '../../migrations/load-app.ts';
import { type ProjectFlags, readProject } from '../../migrations/project.ts';
import { jsonFile } from '../json-file.ts';

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
  return jsonFile(file, catalogShape, 'a catalog as /catalog.json answers it');
}
