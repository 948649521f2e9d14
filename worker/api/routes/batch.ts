/** `POST /v1/commands`: many commands, NDJSON or a JSON array; an outcome a line, streamed. */
import type { Quotas } from '../../access/quotas.ts';
import { Backlog } from '../../commands/backlog.ts';
import { draftLine } from '../../commands/batch-line.ts';
import { runCommandBatch } from '../../commands/command-batch.ts';
import type { NewStreams } from '../../commands/new-streams.ts';
import { batchLines } from '../../http/batch-lines.ts';
import { ndjsonResponse } from '../../http/ndjson.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function batchRoute(machinery: Machinery, newStreams: NewStreams, quotas: Quotas): Routes {
  const { app, platform } = machinery;
  const backlog = new Backlog(platform);
  return new Routes().post('/', async (context) => {
    const request = context.req.raw;
    const lines = await batchLines(request);
    if ('outcome' in lines) return lines;
    const caller = context.get('caller');
    const reader = { app, caller, newId: platform.newId };
    const traceparent = request.headers.get('traceparent') ?? undefined;
    const batch = {
      ...{ machinery, newStreams, quotas, backlog, caller },
      env: context.env,
      draft: (line: unknown) => draftLine(reader, line, traceparent),
    };
    return ndjsonResponse(runCommandBatch(batch, lines.value));
  });
}
