/**
 * The names of the queue and of the bindings are given twice: to `ledge(app, …)`, and in package.json, which the command
 * line reads. They are compared.
 */
import { bindingNames, DEFAULT_QUEUE } from '../../core/protocol/deployment-names.ts';
import { messageOf, type Project } from '../../migrations/project.ts';
import { type WorkerOptions, workerOptions } from './worker-options.ts';

/** A Worker that calls `ledge` several times has one app under the names of package.json. */
export async function nameFaults(project: Project): Promise<string[]> {
  const found = await optionsOf(project).catch(() => []);
  const faults = found.map((options) => differences(project, options));
  return faults.some(({ length }) => length === 0) ? [] : (faults[0] ?? []);
}

/** What cannot be evaluated outside of the platform may run on it. */
export async function nameNotes(project: Project): Promise<string[]> {
  try {
    await optionsOf(project);
    return [];
  } catch (error) {
    return [
      `${project.config.main} cannot be evaluated here, so the names in ledge(app, …) were not compared with package.json: ${messageOf(error).split('\n')[0]}`,
    ];
  }
}

function optionsOf({ config: { main } }: Project): Promise<WorkerOptions[]> {
  return main === undefined ? Promise.resolve([]) : workerOptions(main);
}

function differences(project: Project, { queue = DEFAULT_QUEUE, bindings }: WorkerOptions) {
  const compared = [
    { what: '"queue"', code: queue, settings: project.queue },
    ...bindingNames.map((name) => ({
      what: `"${name}" in "bindings"`,
      code: bindings[name] ?? name,
      settings: project.bindings[name],
    })),
  ];
  return compared
    .filter(({ code, settings }) => code !== settings)
    .map(
      ({ what, code, settings }) =>
        `The Worker has ${code} for ${what} of ledge(app, …), and "ledge" in package.json has ${settings}: give both the same.`,
    );
}
