/**
 * `npm run model`: the product's read side on a model of Cloudflare's limits, in simulated time; some ten minutes. The
 * lines go to bench/results, `npm run bench:page` publishes them.
 */
import { runCell } from '../../test/model/run-cell.ts';
import { writeResults } from '../results.ts';
import { cells } from './cells.ts';

const lines: object[] = [];
// One after the other: the largest takes 2 GB of memory.
for (const cell of cells) {
  const line = await runCell(cell);
  console.log(JSON.stringify({ ...cell, givesWay: line.givesWay }));
  lines.push(line);
}
console.log(writeResults('model', [{ kind: 'model' }, ...lines]));
