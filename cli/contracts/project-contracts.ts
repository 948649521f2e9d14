/** The contracts that a project keeps: the JSON files of its folder `contracts`, verified with every check. */
import { existsSync } from 'node:fs';
import type { App } from '../../core/app.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import type { Project } from '../../migrations/project.ts';
import { compareContracts, readContracts } from './contract-files.ts';

/** None without the folder. @throws as `readContracts` */
export function projectContracts({ contracts }: Project) {
  return existsSync(contracts) ? readContracts([contracts]) : [];
}

export function contractFaults(project: Project, app: App): readonly string[] {
  const files = projectContracts(project);
  return files.length === 0 ? [] : compareContracts(files, catalogOf(app).publications).faults;
}
