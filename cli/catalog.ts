/** `ledge catalog [--out FILE | --check FILE | --json]`: what an app consists of, what produces and what consumes. */
import { writeFileSync } from 'node:fs';
import { catalogOf } from '../core/catalog/catalog.ts';
import { commandText } from '../core/package-name.ts';
import { loadApp } from '../migrations/load-app.ts';
import { printFaults } from '../migrations/print-faults.ts';
import { type ProjectFlags, readProject } from '../migrations/project.ts';
import { differences, projectCatalogText } from './catalog/catalog-file.ts';
import { cliCommand } from './cli-command.ts';

interface CatalogCommandFlags extends Omit<ProjectFlags, 'out'> {
  readonly out?: string;
  readonly check?: string;
  readonly json?: true;
}

export const catalog = cliCommand(
  commandText('catalog'),
  'The aggregates, events, processes and publications of an app, as Markdown.',
  (program, exit) => {
    program
      .option('--out <file>', 'write it to a file')
      .option('--check <file>', 'fail where the file has another text')
      .option('--json', 'print what /catalog.json answers')
      .option('--app <file>', 'the module that exports the app')
      .option('--config <file>', 'instead of wrangler.toml')
      .action((flags: CatalogCommandFlags) => exit(printFaults(() => run(flags))));
  },
);

async function run(given: CatalogCommandFlags): Promise<readonly string[]> {
  const { out, check, json, ...flags } = given;
  if ([out, check, json].filter((one) => one !== undefined).length > 1) {
    throw new Error('Give one of --out, --check and --json.');
  }
  const project = readProject(flags);
  const app = await loadApp(project.app);
  if (json) {
    process.stdout.write(`${JSON.stringify(catalogOf(app), null, 2)}\n`);
    return [];
  }
  const text = projectCatalogText(project, app);
  if (check !== undefined) return differences(check, text);
  if (out === undefined) process.stdout.write(text);
  else {
    writeFileSync(out, text);
    console.log(`${out} is written.`);
  }
  return [];
}
