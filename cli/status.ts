/** `ledge status`: where a deployment is, on one page. Exits with 1 while an alert is open or a part cannot be read. */
import { operationsStatus } from '../core/operator-shapes/operations-status.ts';
import { operatorCommand } from './operations/command-line.ts';
import { isWell, operationsText } from './operations/operations-text.ts';
import { ask } from './operations/server.ts';

export const status = operatorCommand(
  'status',
  'Where the deployment is: sizes, backlogs, lags, alerts, each with what to do.',
  (program, conclude) =>
    program.action(() =>
      conclude(async (flags) => {
        const answer = await ask(flags, { method: 'GET', path: '/v1/status' }, operationsStatus);
        return { ok: isWell(answer), text: operationsText(answer), answer };
      }),
    ),
);
