import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GrowingBytes } from '../../worker/http/growing-bytes.ts';

const chunkSizes = fc.array(fc.nat(20_000), { maxLength: 10 });

test('H24 the bytes of chunks are joined unchanged, however they are divided', () => {
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

test('H24 a chunk is copied and released, because a short one may be a view of much more memory', () => {
  const bytes = new GrowingBytes();
  const chunk = Uint8Array.of(1, 2, 3);
  bytes.push(chunk);
  chunk.fill(0);
  expect(bytes.take()).toEqual(Uint8Array.of(1, 2, 3));
});
