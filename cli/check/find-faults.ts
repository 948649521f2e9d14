/** Everything that keeps a project from running as Ledge needs it, each fault a sentence with what to do. */
import { tableFaults } from '../../migrations/compare-tables.ts';
import { lockFaults, readEventsLock } from '../../migrations/events-lock.ts';
import { type Definitions, loadApp, loadDefinitions } from '../../migrations/load-app.ts';
import {
  messageOf,
  type Project,
  type ProjectFlags,
  readProject,
} from '../../migrations/project.ts';
import { permissionsFaults } from '../access/permissions-file.ts';
import { catalogFaults } from '../catalog/catalog-file.ts';
import { contractFaults } from '../contracts/project-contracts.ts';
import { bindingFaults, hasDatabase } from './bindings.ts';
import { bucketFaults } from './buckets.ts';
import { databaseFaults } from './databases.ts';
import { nameFaults, nameNotes } from './names.ts';
import { exportFaults, storageFaults } from './object-classes.ts';
import { packageFaults } from './packages.ts';
import { planFaults } from './plans.ts';
import { queueFaults, queueNotes } from './queues.ts';
import { rateLimitFaults } from './rate-limits.ts';
import { scheduleFaults } from './schedule.ts';
import { targetFaults } from './targets.ts';

type Finder = (project: Project) => readonly string[] | Promise<readonly string[]>;

const FINDERS: readonly Finder[] = [
  ({ folder }) => packageFaults(folder),
  configurationFaults,
  definitionFaults,
];

const CONFIGURATION: readonly Finder[] = [
  bindingFaults,
  storageFaults,
  exportFaults,
  queueFaults,
  databaseFaults,
  rateLimitFaults,
  bucketFaults,
  scheduleFaults,
  targetFaults,
];

export async function findFaults(flags: ProjectFlags): Promise<string[]> {
  try {
    return withoutRepeats(await findAll(FINDERS, readProject(flags)));
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Of faults with one cause, as of an app that neither it nor its Worker builds with, the one that says more. */
function withoutRepeats(faults: readonly string[]): string[] {
  return faults.filter(
    (fault) => !faults.some((other) => other !== fault && other.endsWith(fault)),
  );
}

/** What an operator is to remember, and is no fault. A configuration that cannot be read is a fault, and has none. */
export async function findNotes(flags: ProjectFlags): Promise<string[]> {
  try {
    const project = readProject(flags);
    return [...queueNotes(project), ...(await nameNotes(project))];
  } catch {
    return [];
  }
}

/** What cannot be looked at is a fault of its own and hides no other. */
async function findAll(finders: readonly Finder[], project: Project): Promise<string[]> {
  const found = await Promise.all(
    finders.map(async (find) => {
      try {
        return await find(project);
      } catch (error) {
        return [messageOf(error)];
      }
    }),
  );
  return found.flat();
}

async function configurationFaults(project: Project): Promise<readonly string[]> {
  const { configPath, targetEnvironment: environment, definedEnvironments = [] } = project.config;
  if (configPath === undefined) {
    return ['There is no wrangler.jsonc, wrangler.json or wrangler.toml: --config names one.'];
  }
  if (environment !== undefined && !definedEnvironments.includes(environment)) {
    return [`${configPath} has no environment ${environment}: add it, or name another with --env.`];
  }
  // Under other names than the Worker's the configuration would be misjudged.
  const renamed = await nameFaults(project);
  return renamed.length > 0 ? renamed : findAll(CONFIGURATION, project);
}

/** Plans are those of the tables that the migrations create. */
function tableAndPlanFaults(
  { migrations }: Project,
  { app, access }: Definitions,
): readonly string[] {
  const faults = tableFaults(migrations, app);
  return faults.length > 0 ? faults : planFaults(migrations, app, access);
}

async function definitionFaults(project: Project): Promise<readonly string[]> {
  const unloaded: string[] = [];
  const definitions = await loadDefinitions(project).catch(async (error: unknown) => {
    // Rules that cannot be loaded hide no fault of the app.
    const app = await loadApp(project.app);
    unloaded.push(messageOf(error));
    return { app, access: undefined };
  });
  const found = await findAll(
    [
      () => (hasDatabase(project) ? tableAndPlanFaults(project, definitions) : []),
      ({ lock }) => lockFaults(readEventsLock(lock, definitions.app)),
      () => contractFaults(project, definitions.app),
      () => catalogFaults(project, definitions.app),
      () => (unloaded.length > 0 ? [] : permissionsFaults(project, definitions)),
    ],
    project,
  );
  return [...found, ...unloaded];
}
