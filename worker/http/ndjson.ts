/** Newline-delimited JSON in and out, without ever holding the whole of it. */
import { GrowingBytes } from './growing-bytes.ts';
import { parseJson, type Read } from './read-json.ts';

const NEWLINE = 0x0a;

/** A line, and how long it was where that is known. */
export type ReadLine = Read<unknown> & { readonly bytes?: number };

/**
 * Each line parsed, or why it was not: those that a chunk of the body completes together. A line is parsed when it is
 * taken, so a chunk of many lines is never in memory as values. Empty lines count for nothing. A line over the limit is
 * dropped unread.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Iterable<ReadLine>> {
  const line = new LineBuffer(lineBytesMax);
  for await (const chunk of body) yield linesEndingIn(chunk, line);
  yield line.take();
}

function* linesEndingIn(chunk: Uint8Array, line: LineBuffer): Generator<ReadLine> {
  let start = 0;
  for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
    line.push(chunk.subarray(start, end));
    yield* line.take();
    start = end + 1;
  }
  line.push(chunk.subarray(start));
}

class LineBuffer {
  readonly #limitBytes: number;
  readonly #bytes = new GrowingBytes();
  #size = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(part: Uint8Array): void {
    this.#size += part.byteLength;
    if (this.#size <= this.#limitBytes) this.#bytes.push(part);
  }

  *take(): Generator<ReadLine> {
    const limitBytes = this.#limitBytes;
    const tooLarge = this.#size > limitBytes;
    const line = this.#bytes.take();
    this.#size = 0;
    if (tooLarge) yield { outcome: 'too-large', what: 'line', limitBytes };
    else if (!isBlank(line)) yield { ...parseJson(line), bytes: line.byteLength };
  }
}

/** Nothing but spaces, tabs and carriage returns. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** Streams values, some at a time, as they come; the reader's pace holds back the source. */
export function ndjsonResponse(source: AsyncIterator<readonly unknown[]>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value: values } = await source.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(values.map(toLine).join('')));
    },
    async cancel() {
      await source.return?.();
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
