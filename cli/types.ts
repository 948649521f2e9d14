/** `ledge types --publication NAME [--out FILE | --check FILE]`: the types that a consumer of a publication needs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { commandText } from '../core/package-name.ts';
import { printFaults } from '../migrations/print-faults.ts';
import { type CatalogFlags, readCatalog, withCatalog } from './catalog/catalog-source.ts';
import { cliCommand } from './cli-command.ts';
import { didYouMean } from './did-you-mean.ts';
import { typesText } from './publication-types/types-text.ts';

interface TypesFlags extends CatalogFlags {
  readonly publication: string;
  readonly check?: string;
}

export const types = cliCommand(
  commandText('types'),
  'The types of the public events of a publication, as a TypeScript module that imports nothing.',
  (program, exit) => {
    withCatalog(
      program
        .requiredOption('--publication <name>', 'whose events')
        .option('--out <file>', 'write it to a file')
        .option('--check <file>', 'fail where the file has another text'),
    ).action((flags: TypesFlags) => exit(printFaults(() => run(flags))));
  },
);

async function run({ publication: name, out, check, ...from }: TypesFlags) {
  if (out !== undefined && check !== undefined) throw new Error('Give one of --out and --check.');
  const { publications } = await readCatalog(from);
  const publication = publications.find((one) => one.name === name);
  if (!publication) {
    const names = publications.map((one) => one.name);
    throw new Error(`There is no publication ${name}. ${didYouMean(name, names)}`);
  }
  const text = typesText(publication);
  if (check !== undefined) {
    if (existsSync(check) && readFileSync(check, 'utf8') === text) return [];
    const again = commandText(`types --publication ${name} --out ${check}`);
    return [`${check} is not what ${name} publishes. Run: ${again}`];
  }
  if (out === undefined) process.stdout.write(text);
  else {
    writeFileSync(out, text);
    console.log(`${out} is written.`);
  }
  return [];
}
