/** The lines of a batch: NDJSON as it comes, or the elements of an array. */
import { invalid } from '../../core/aggregate/outcome.ts';
import { type ReadLine, readLines } from './ndjson.ts';
import { BODY_BYTES_MAX, type Read, readJson, wrongMediaType } from './read-json.ts';

type Lines = AsyncIterable<Iterable<ReadLine>>;

/** An array is read whole before its first line runs, so it is limited like every other body; NDJSON is not. */
export async function batchLines(request: Request): Promise<Read<Lines>> {
  const mediaType = wrongMediaType(request, 'application/x-ndjson', 'application/json');
  if (mediaType) return mediaType;
  const isArray = request.headers.get('content-type')?.startsWith('application/json');
  if (isArray) return elementsOf(await readJson(request));
  if (!request.body) return invalid('', 'The body is empty.');
  return { value: readLines(request.body, BODY_BYTES_MAX) };
}

function elementsOf(body: Read<unknown>): Read<Lines> {
  if ('outcome' in body) return body;
  if (!Array.isArray(body.value)) return invalid('', 'Send an array of lines.');
  return { value: atOnce(body.value.map((value: unknown) => ({ value }))) };
}

async function* atOnce<Value>(value: Value): AsyncGenerator<Value> {
  yield value;
}
