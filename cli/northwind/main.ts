/** `npm run northwind`: of this repository alone, so that the package's command line neither has it nor reads CSV. */
import { northwind } from './northwind.ts';

process.exitCode = await northwind(process.argv.slice(2));
