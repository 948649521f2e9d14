/** Everything that keeps a project from running as Ledge needs it, each fault a sentence with what to do. */
import type { App } from '../../core/app.ts';
import { tableFaults } from '../../migrations/compare-tables.ts';
import { lockFaults, readEventsLock } from '../../migrations/events-lock.ts';
import { loadAccess, loadApp } from '../../migrations/load-app.ts';
import {
  messageOf,
  type Project,
  type ProjectFlags,
  readProject,
} from '../../migrations/project.ts';
import { permissionsFaults } from '../access/permissions-file.ts';
import { bindingFaults, hasDatabase } from './bindings.ts';
import { exportFaults, storageFaults } from './object-classes.ts';
import { packageFaults } from './packages.ts';
import { planFaults } from './plans.ts';
import { queueFaults } from './queues.ts';
import { rateLimitFaults } from './rate-limits.ts';
import { scheduleFaults } from './schedule.ts';

type Finder = (project: Project) => readonly string[] | Promise<readonly string[]>;

const FINDERS: readonly Finder[] = [
  ({ folder }) => packageFaults(folder),
  configurationFaults,
  appFaults,
  permissionsFaults,
];

const CONFIGURATION: readonly Finder[] = [
  bindingFaults,
  storageFaults,
  exportFaults,
  queueFaults,
  rateLimitFaults,
  scheduleFaults,
];

export async function findFaults(flags: ProjectFlags): Promise<string[]> {
  try {
    return await findAll(FINDERS, readProject(flags));
  } catch (error) {
    return [messageOf(error)];
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
  return findAll(CONFIGURATION, project);
}

/** Plans are those of the tables that the migrations create. */
async function databaseFaults({ migrations, access }: Project, app: App): Promise<string[]> {
  const faults = tableFaults(migrations, app);
  if (faults.length > 0) return faults;
  return planFaults(migrations, app, access === undefined ? undefined : await loadAccess(access));
}

async function appFaults(project: Project): Promise<readonly string[]> {
  const app = await loadApp(project.app);
  return findAll(
    [
      () => (hasDatabase(project) ? databaseFaults(project, app) : []),
      ({ lock }) => lockFaults(readEventsLock(lock, app)),
    ],
    project,
  );
}
