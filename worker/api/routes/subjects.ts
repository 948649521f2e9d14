/** `/v1/subjects/{subject}…`: the subjects of personal data, and their forgetting. */
import type { Context } from 'hono';
import { exportSubject } from '../../administration/export-subject.ts';
import {
  changeSubject,
  type SubjectAdministration,
  shownSubject,
} from '../../administration/manage-subjects.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { readerOf } from '../../http/shown-events.ts';
import { shownPositions } from '../../http/shown-positions.ts';
import { unstored } from '../../http/unstored.ts';
import { verifyReceipt } from '../../personal/receipt.ts';
import { LastServed } from '../../queries/serving-version.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  exportSubjectInput,
  type SubjectOperation,
  subjectOperationInput,
  subjectOperations,
  verifyReceiptInput,
} from '../inputs/subjects.ts';
import { callersProjector } from './callers-projector.ts';

export function subjectsRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const lastServed = new LastServed();
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

  routes.post('/:subject/export', async (context) => {
    const input = await readOperation(context, exportSubjectInput);
    if ('outcome' in input) return input;
    const { env, var: own } = context;
    const asked = {
      ...{ machinery, lastServed, reader: readerOf(machinery, env, own.caller) },
      projector: callersProjector(machinery, context),
      shown: shownPositions(env, own.caller),
    };
    const subject = context.req.param('subject');
    return unstored(await exportSubject(asked, subject, input.value.cursor));
  });

  routes.post('/:subject/verify-receipt', async (context) => {
    const input = await readOperation(context, verifyReceiptInput);
    if ('outcome' in input) return input;
    const { tenant } = context.get('caller');
    const subject = context.req.param('subject');
    return unstored(verifyReceipt(context.env, { tenant, subject }, input.value.receipt));
  });

  return routes;
}
