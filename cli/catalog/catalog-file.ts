/** The catalog in a file: written by one command, compared by the check where it is beside the app. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { App } from '../../core/app.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { commandText } from '../../core/package-name.ts';
import type { Project } from '../../migrations/project.ts';
import { projectContracts } from '../contracts/project-contracts.ts';
import { catalogText } from './catalog-text.ts';

/** With the consumers that have a contract in the project. */
export function projectCatalogText(project: Project, app: App): string {
  const contracts = projectContracts(project).map(({ contract }) => contract);
  return catalogText(catalogOf(app), contracts);
}

/** Of a project that keeps `catalog.md` beside its app. */
export function catalogFaults(project: Project, app: App): readonly string[] {
  const file = join(dirname(project.app), 'catalog.md');
  return existsSync(file) ? differences(file, projectCatalogText(project, app)) : [];
}

/** What to do where the file has another text. */
export function differences(file: string, text: string): readonly string[] {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return [];
  return [`${file} is not what the app defines. Run: ${commandText(`catalog --out ${file}`)}`];
}
