/**
 * Cuts a stream of bytes into lines, whatever its chunks: the input file and the server's answer both pass
 * here. Holds one line at a time, and of a line over the limit nothing but its length.
 */
export interface ByteLine {
  /** Without the line break (LF or CRLF); undefined when the line is longer than the limit. */
  readonly bytes: Buffer | undefined;
  /** Bytes before this line, and bytes up to behind its line break. */
  readonly start: number;
  readonly end: number;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export async function* splitLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<ByteLine> {
  const line = new GrowingLine(lineBytesMax);
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      line.add(chunk.subarray(from, at));
      yield line.finish(1);
      from = at + 1;
    }
    line.add(chunk.subarray(from));
  }
  if (!line.isEmpty) yield line.finish(0);
}

class GrowingLine {
  readonly #bytesMax: number;
  #parts: Uint8Array[] = [];
  #length = 0;
  #start = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#bytesMax) this.#parts = [];
    else this.#parts.push(part);
  }

  finish(lineBreakBytes: number): ByteLine {
    const start = this.#start;
    const end = start + this.#length + lineBreakBytes;
    const bytes = this.#length > this.#bytesMax ? undefined : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#start = end;
    return { bytes: bytes && withoutCarriageReturn(bytes), start, end };
  }
}

function withoutCarriageReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
