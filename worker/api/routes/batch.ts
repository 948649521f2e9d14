/** `POST /v1/commands`: many commands, NDJSON or a JSON array; an outcome a line, streamed. */
import { invalid } from '../../../core/aggregate/outcome.ts';
import type { Quotas } from '../../access/quotas.ts';
import { Backlog } from '../../commands/backlog.ts';
import { runCommandBatch } from '../../commands/command-batch.ts';
import type { NewStreams } from '../../commands/new-streams.ts';
import { ndjsonResponse, readLines } from '../../http/ndjson.ts';
import { BODY_BYTES_MAX, type Read, readJson, wrongMediaType } from '../../http/read-json.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function batchRoute(machinery: Machinery, newStreams: NewStreams, quotas: Quotas): Routes {
  const backlog = new Backlog(machinery.platform);
  return new Routes().post('/', async (context) => {
    const request = context.req.raw;
    const mediaType = wrongMediaType(request, 'application/x-ndjson', 'application/json');
    if (mediaType) return mediaType;
    const lines = await linesOf(request);
    if ('outcome' in lines) return lines;
    const batch = {
      ...{ machinery, newStreams, quotas, backlog },
      env: context.env,
      caller: context.get('caller'),
      traceparent: request.headers.get('traceparent') ?? undefined,
    };
    return ndjsonResponse(runCommandBatch(batch, lines.value));
  });
}

type Lines = AsyncIterable<Iterable<Read<unknown>>>;

/** An array is read whole before its first command runs, so it is limited like every other body; NDJSON is not. */
async function linesOf(request: Request): Promise<Read<Lines>> {
  const isArray = request.headers.get('content-type')?.startsWith('application/json');
  if (isArray) return elementsOf(await readJson(request));
  if (!request.body) return invalid('', 'The body is empty.');
  return { value: readLines(request.body, BODY_BYTES_MAX) };
}

function elementsOf(body: Read<unknown>): Read<Lines> {
  if ('outcome' in body) return body;
  if (!Array.isArray(body.value)) return invalid('', 'Send an array of commands.');
  return { value: atOnce(body.value.map((value: unknown) => ({ value }))) };
}

async function* atOnce<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}
