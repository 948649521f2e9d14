/**
 * Gathers what comes in chunks. The chunks are copied and let go: the platform backs each with 4 KiB however short it
 * is, so that a mebibyte sent byte by byte would hold four gigabytes.
 */
export class GrowingBytes {
  #bytes = new Uint8Array(4_096);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength;
    if (size > this.#bytes.byteLength) this.#grow(size);
    this.#bytes.set(chunk, this.#size);
    this.#size = size;
  }

  /** All of it, good until the next push, which begins again. */
  take(): Uint8Array {
    const whole = this.#bytes.subarray(0, this.#size);
    this.#size = 0;
    return whole;
  }

  /** By doubling, so that however many chunks there are, a byte is copied about twice. */
  #grow(size: number): void {
    const bytes = new Uint8Array(Math.max(size, 2 * this.#bytes.byteLength));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
