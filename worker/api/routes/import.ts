/** `POST /v1/import/events`: events of another system, NDJSON or a JSON array; an outcome a line, streamed. */
import type { Quotas } from '../../access/quotas.ts';
import { Backlog } from '../../commands/backlog.ts';
import { runCommandBatch } from '../../commands/command-batch.ts';
import { draftImport } from '../../commands/imported-event.ts';
import type { NewStreams } from '../../commands/new-streams.ts';
import { batchLines } from '../../http/batch-lines.ts';
import { ndjsonResponse } from '../../http/ndjson.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function importRoute(machinery: Machinery, newStreams: NewStreams, quotas: Quotas): Routes {
  const { app, platform } = machinery;
  const backlog = new Backlog(platform);
  return new Routes().post('/events', async (context) => {
    const lines = await batchLines(context.req.raw);
    if ('outcome' in lines) return lines;
    const refused = await context.get('audit').begin(undefined);
    if (refused) return refused;
    const caller = context.get('caller');
    const reader = { app, caller, newId: platform.newId };
    const batch = {
      ...{ machinery, newStreams, quotas, backlog, caller },
      env: context.env,
      draft: (line: unknown) => draftImport(reader, line),
    };
    return ndjsonResponse(runCommandBatch(batch, lines.value));
  });
}
