/** The file of permissions beside the access rules: written by one command, compared by the check. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { commandText } from '../../core/package-name.ts';
import { type Definitions, loadDefinitions } from '../../migrations/load-app.ts';
import { type Project, type ProjectFlags, readProject } from '../../migrations/project.ts';
import type { Conclusion } from '../operations/command-line.ts';
import { permissionsText } from './permissions.ts';

export async function writePermissions(flags: ProjectFlags): Promise<Conclusion> {
  const written = await permissionsOf(readProject(flags));
  if (!written) {
    throw new Error('There are no access rules: export access from access.ts beside the app.');
  }
  const { file, text } = written;
  writeFileSync(file, text);
  return { ok: true, text: `${file} is written.`, answer: { file } };
}

/** A reviewer sees each change of a grant there. */
export async function permissionsFaults(
  project: Project,
  definitions?: Definitions,
): Promise<string[]> {
  const expected = await permissionsOf(project, definitions);
  if (!expected) return [];
  const { file, text } = expected;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return [];
  return [`${file} is not what the access rules say. Run: ${commandText('access matrix')}`];
}

async function permissionsOf(
  project: Project,
  definitions?: Definitions,
): Promise<{ readonly file: string; readonly text: string } | undefined> {
  const { access } = project;
  if (access === undefined) return undefined;
  const { app, access: rules } = definitions ?? (await loadDefinitions(project));
  if (!rules) return undefined;
  const text = permissionsText(app, rules, access);
  return { file: access.replace(/\.\w+$/, '.md'), text };
}
