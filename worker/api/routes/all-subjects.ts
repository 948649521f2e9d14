/** `/v1/all-subjects/…`: the server's part of what is done with the subjects of all tenants. */
import { forgetAgain } from '../../administration/forget-again.ts';
import { commandOrigin } from '../../http/authenticate-caller.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored } from '../../http/unstored.ts';
import { listForgotten } from '../../personal/list-forgotten.ts';
import { rewrapKeys } from '../../personal/rewrap-keys.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { allSubjectsInputs } from '../inputs/all-subjects.ts';

export function allSubjectsRoute(machinery: Machinery): Routes {
  const routes = new Routes();

  routes.post('/forgotten', async (context) => {
    const body = await readOperation(context, allSubjectsInputs.forgotten);
    if ('outcome' in body) return body;
    return unstored(await listForgotten(machinery, context.env, body.value.subjects));
  });

  routes.post('/forget', async (context) => {
    const body = await readOperation(context, allSubjectsInputs.forget);
    if ('outcome' in body) return body;
    const { env } = context;
    const origin = commandOrigin(context.get('caller'));
    const { platform } = machinery;
    return unstored(await forgetAgain({ env, platform, origin }, body.value.subjects));
  });

  routes.post('/rewrap', async (context) => {
    const body = await readOperation(context, allSubjectsInputs.rewrap);
    if ('outcome' in body) return body;
    return unstored(await rewrapKeys(machinery, context.env, body.value.subjects));
  });

  return routes;
}
