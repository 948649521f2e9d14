// What an app costs the compiler: types, instantiations, memory and seconds, the best of some runs.
//
//   node bench/types/check-time.ts [--aggregates 60] [--projections 60] [--runs 3]

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkApp, emitDeclarations } from './measure.ts';

const { values } = parseArgs({
  options: {
    aggregates: { type: 'string', default: '60' },
    projections: { type: 'string', default: '60' },
    runs: { type: 'string', default: '3' },
    root: { type: 'string', default: join(import.meta.dirname, '../..') },
  },
});
const here = join(import.meta.dirname, '../../dist/check-time');
const size = { aggregates: Number(values.aggregates), projections: Number(values.projections) };

emitDeclarations(values.root, join(here, 'ledge'));
for (let run = 0; run < Number(values.runs); run++) {
  console.log(JSON.stringify(checkApp(values.root, join(here, 'app'), '../ledge', size)));
}
