/** Texts of a JSON Schema: of a named format, of a pattern, or one of a few names, so that commands meet. */
import type fc from 'fast-check';
import type { SchemaPart } from './schema-part.ts';

/** Among them two that every JavaScript object has. */
const NAMES = ['a', 'b', 'constructor', '__proto__'];

const FORMATS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-01-01T00:00:00Z', '2026-05-04T12:30:00.000Z', '2027-12-31T23:59:59.999Z'],
  date: ['2026-01-01', '2026-05-04', '2028-02-29'],
  time: ['00:00:00', '12:30:00', '23:59:59'],
  duration: ['PT1H', 'P1D', 'P3Y6M4DT12H30M5S'],
  email: ['ann@example.org', 'bob@example.org'],
  uri: ['https://example.org/', 'https://example.org/a?b=c'],
  uuid: ['00000000-0000-4000-8000-000000000001', '00000000-0000-7000-8000-000000000002'],
  ipv4: ['192.0.2.1', '192.0.2.2'],
  ipv6: ['2001:db8::1', '2001:db8::2'],
};

export function arbitraryText(fastCheck: typeof fc, part: SchemaPart): fc.Arbitrary<string> {
  const examples = FORMATS[part.format ?? ''];
  if (examples) return fastCheck.constantFrom(...examples);
  return matching(fastCheck, part.pattern) ?? name(fastCheck, part);
}

function name(fastCheck: typeof fc, { minLength, maxLength }: SchemaPart): fc.Arbitrary<string> {
  return fastCheck
    .constantFrom(...NAMES)
    .map((text) => text.padEnd(minLength, '.').slice(0, maxLength));
}

/** Undefined without a pattern, and for one that fast-check cannot make: one that looks ahead. */
function matching(fastCheck: typeof fc, pattern: string | undefined) {
  if (pattern === undefined) return undefined;
  try {
    return fastCheck.stringMatching(new RegExp(pattern));
  } catch {
    return undefined;
  }
}
