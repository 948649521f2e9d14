/** `/v1/export/…`: the server's part of `ledge export`. Its streams are those of all tenants. */
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { databaseState } from '../../restore/list-streams.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { exportPages } from '../../transfer/export-streams.ts';
import { transferInputs } from '../inputs/transfer.ts';
import { callersProjector } from './callers-projector.ts';

export function exportRoute(machinery: Machinery): Routes {
  const routes = new Routes();

  routes.post('/begin', async (context) => {
    const body = await readOperation(context, transferInputs.begin);
    if ('outcome' in body) return body;
    const { database } = callersProjector(machinery, context);
    const { epoch, head } = await databaseState(database);
    const sagas = machinery.app.sagas?.map(({ name }) => name) ?? [];
    return Response.json({ epoch, head, sagas });
  });

  // In the audit trail, too: they are the data of tenants.
  routes.post('/pages', async (context) => {
    const body = await readOperation(context, transferInputs.pages);
    if ('outcome' in body) return body;
    return Response.json(await exportPages(machinery.app, context.env, body.value.streams));
  });

  return routes;
}
