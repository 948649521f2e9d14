/** `/v1/subjects/{subject}…`: the subjects of personal data, and their forgetting. */
import type { Context } from 'hono';
import {
  changeSubject,
  type SubjectAdministration,
  shownSubject,
} from '../../administration/manage-subjects.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored } from '../../http/unstored.ts';
import { verifyReceipt } from '../../personal/receipt.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  type SubjectOperation,
  subjectOperationInput,
  subjectOperations,
  verifyReceiptInput,
} from '../inputs/subjects.ts';

export function subjectsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): SubjectAdministration => ({
    ...{ machinery, env: context.env, caller: context.get('caller') },
  });

  routes.get('/:subject', async (context) =>
    unstored(await shownSubject(by(context), context.req.param('subject'))),
  );

  for (const [name, { command }] of Object.entries<SubjectOperation>(subjectOperations)) {
    routes.post(`/:subject/${name}`, async (context) => {
      const input = await readOperation(context, subjectOperationInput);
      if ('outcome' in input) return input;
      const subject = context.req.param('subject');
      return unstored(await changeSubject(by(context), subject, command, input.value));
    });
  }

  routes.post('/:subject/verify-receipt', async (context) => {
    const input = await readOperation(context, verifyReceiptInput);
    if ('outcome' in input) return input;
    const { tenant } = context.get('caller');
    const subject = context.req.param('subject');
    return unstored(verifyReceipt(context.env, { tenant, subject }, input.value.receipt));
  });

  return routes;
}
