/** `ledge contracts verify [FILE…]`: whether the publications still send what consumers rely on. */

import { commandText } from '../core/package-name.ts';
import { printFaults } from '../migrations/print-faults.ts';
import { readProject } from '../migrations/project.ts';
import { type CatalogFlags, readCatalog, withCatalog } from './catalog/catalog-source.ts';
import { cliCommand } from './cli-command.ts';
import { compareContracts, readContracts } from './contracts/contract-files.ts';
import { countText } from './operations/plain-text.ts';

export const contracts = cliCommand(
  commandText('contracts'),
  'Contracts of consumers: what they rely on of a publication.',
  (program, exit) => {
    withCatalog(
      program
        .command('verify')
        .description('fails where a publication may send what a consumer does not take')
        .argument(
          '[files...]',
          'files, or folders of them; left out: the contracts of the project',
        ),
    ).action((files: readonly string[], flags: CatalogFlags) =>
      exit(printFaults(() => verify(files, flags))),
    );
  },
);

async function verify(files: readonly string[], flags: CatalogFlags): Promise<readonly string[]> {
  const read = readContracts(files.length > 0 ? files : [readProject(flags).contracts]);
  if (read.length === 0) throw new Error('There is no contract: a contract is a file *.json.');
  const { publications } = await readCatalog(flags);
  const { faults, notes } = compareContracts(read, publications);
  for (const note of notes) console.log(note);
  if (faults.length === 0)
    console.log(`The publications keep ${countText(read.length, 'contract')}.`);
  return faults;
}
