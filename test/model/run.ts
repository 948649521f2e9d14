/**
 * One run of the model, in a process of its own, since it replaces the clock: its setting as JSON, over the usual one.
 * Prints its line. `npm run model` makes many of them.
 */
import { prepareModules } from '../simulator/module-hooks.ts';
import { usual } from './setting.ts';

prepareModules([]);
// Imported here, after its imports are prepared.
const { runModel } = await import('./model.ts');
const given: Partial<typeof usual> = JSON.parse(process.argv[2] ?? '{}');
console.log(JSON.stringify(await runModel({ ...usual, ...given })));
