import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrowingBytes } from '../../worker/http/growing-bytes.ts';

const chunkSizes = fc.array(fc.nat(20_000), { maxLength: 10 });

test('H24 what comes in chunks is what came, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(chunkSizes, { maxLength: 3 }), (bodies) => {
      const bytes = new GrowingBytes();
      for (const sizes of bodies) {
        const chunks = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        for (const chunk of chunks) bytes.push(chunk);
        const whole = Buffer.concat(chunks);
        expect(bytes.size).toBe(whole.length);
        expect(whole.equals(bytes.take())).toBe(true);
      }
    }),
  );
});

test('H24 a chunk is copied and let go: a short one may hold much more memory than it shows', () => {
  const bytes = new GrowingBytes();
  const chunk = Uint8Array.of(1, 2, 3);
  bytes.push(chunk);
  chunk.fill(0);
  expect(bytes.take()).toEqual(Uint8Array.of(1, 2, 3));
});
