/** The contracts of consumers: JSON files, given by name or all of a folder. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogPublication } from '../../core/catalog/catalog-shape.ts';
import {
  type ConsumerContract,
  type ContractComparison,
  compareContract,
  consumerContract,
} from '../../core/catalog/consumer-contract.ts';
import { jsonFile } from '../json-file.ts';

export interface ContractFile {
  readonly file: string;
  readonly contract: ConsumerContract;
}

/** By name. @throws Error with a sentence, for a path that leads to no contract */
export function readContracts(paths: readonly string[]): ContractFile[] {
  return paths.flatMap(filesAt).map((file) => ({
    file,
    contract: jsonFile(file, consumerContract, 'the contract of a consumer'),
  }));
}

function filesAt(path: string): readonly string[] {
  if (!existsSync(path)) throw new Error(`There is no file ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  return names.toSorted().map((name) => join(path, name));
}

/** Each fault and note begins with its file. */
export function compareContracts(
  files: readonly ContractFile[],
  publications: readonly CatalogPublication[],
): ContractComparison {
  const compared = files.map(({ file, contract }) => {
    const { faults, notes } = compareContract(contract, publications);
    const placed = (text: string) => `${file}: ${text}`;
    return { faults: faults.map(placed), notes: notes.map(placed) };
  });
  return {
    faults: compared.flatMap(({ faults }) => faults),
    notes: compared.flatMap(({ notes }) => notes),
  };
}
