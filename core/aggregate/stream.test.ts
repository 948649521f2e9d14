import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_TENANT,
  formatToken,
  IDENTIFIER_RULE,
  isIdentifier,
  objectName,
  parseObjectName,
  parseStreamName,
  parseToken,
  streamName,
} from './stream.ts';

describe('identifiers', () => {
  test.each(['o', 'o-1', 'A.b_c~d-9', '...', '.a', '__proto__', 'constructor', 'x'.repeat(128)])(
    '%s is one',
    (text) => {
      expect(isIdentifier(text)).toBe(true);
    },
  );

  test.each([
    ['nothing', ''],
    ['what a URL takes as a folder', '.'],
    ['what a URL takes as the folder above', '..'],
    ['a slash', 'a/b'],
    ['an encoded slash', 'a%2Fb'],
    ['an at sign', 'a@1'],
    ['a colon', 'a:b'],
    ['a space', 'a b'],
    ['a line break at the end', 'a\n'],
    ['NUL', 'a\0'],
    ['a letter outside ASCII', 'ä'],
    ['an emoji', '💸'],
    ['a text from right to left', 'שלום'],
    ['129 characters', 'x'.repeat(129)],
  ])('%s makes none', (_title, text) => {
    expect(isIdentifier(text)).toBe(false);
  });
});

test('the rule in the message is the one that is enforced', () => {
  const [, most = '', characters = ''] =
    /^1 to (\d+) of the characters (.*)$/.exec(IDENTIFIER_RULE) ?? [];
  expect(isIdentifier('x'.repeat(Number(most)))).toBe(true);
  expect(isIdentifier('x'.repeat(Number(most) + 1))).toBe(false);
  const pattern = new RegExp(`^[${characters.replaceAll(' ', '')}]$`);
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    if (character !== '.') expect(isIdentifier(character)).toBe(pattern.test(character));
  }
});

test('objects without a named tenant are in the tenant main', () => {
  expect(DEFAULT_TENANT).toBe('main');
});

describe('names', () => {
  test('every address has one name, and every name one address', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const name = objectName(address.tenant, streamName(address));
        expect(parseObjectName(name)).toEqual(address);
        const { tenant: _tenant, ...stream } = address;
        expect(parseStreamName(streamName(address))).toEqual(stream);
      }),
    );
  });

  test('two addresses never meet in one name', () => {
    fc.assert(
      fc.property(addresses, addresses, (a, b) => {
        const same = a.tenant === b.tenant && a.aggregate === b.aggregate && a.id === b.id;
        const names = [a, b].map((address) => objectName(address.tenant, streamName(address)));
        expect(names[0] === names[1]).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each(['', 'order', 'order/', '/o-1', 'order/o-1/x', 'order//o-1', 'or der/o-1', '../o-1'])(
    '%s is no stream',
    (text) => {
      expect(parseStreamName(text)).toBeUndefined();
    },
  );

  test.each(['', '/', 'main', 'main/order', '/order/o-1', 'ma in/order/o-1', 'main/order/o-1/x'])(
    '%s is no object',
    (text) => {
      expect(parseObjectName(text)).toBeUndefined();
    },
  );
});

describe('tokens', () => {
  test('survive a round trip', () => {
    fc.assert(
      fc.property(addresses, fc.nat({ max: 999_999_999_999_999 }), (address, version) => {
        const token = { stream: streamName(address), version };
        expect(parseToken(formatToken(token))).toEqual(token);
      }),
    );
  });

  test.each([
    '',
    'order/o-1',
    'order/o-1@',
    'order/o-1@x',
    'order/o-1@-1',
    'order/o-1@+1',
    'order/o-1@01',
    'order/o-1@1.5',
    'order/o-1@1e3',
    'order/o-1@ 1',
    'order/o-1@1 ',
    'order/o-1@1\n',
    'order/o-1@1@2',
    'order@1',
    '@1',
    'order/o-1@1000000000000000',
  ])('%j is none', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });
});

/** Short and from few characters, so that neighbours meet often. */
const identifiers = fc
  .string({ unit: fc.constantFrom('a', 'B', '0', '.', '_', '~', '-'), minLength: 1, maxLength: 4 })
  .filter(isIdentifier);

const addresses = fc.record({ tenant: identifiers, aggregate: identifiers, id: identifiers });
