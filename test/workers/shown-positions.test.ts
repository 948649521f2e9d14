/** Positions as callers are shown them: sealed for those of a tenant, plain for those of the deployment. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPosition,
  JOURNAL_START,
  type JournalPosition,
} from '../../core/plan/journal-position.ts';
import {
  SHOWN_POSITION,
  shownBookmarks,
  shownPositions,
} from '../../worker/http/shown-positions.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { SECRET } from './support/secret.ts';

const NEXT = 'another secret, of over thirty-two characters';

const somePosition: fc.Arbitrary<JournalPosition> = fc.record({
  epoch: fc.nat(999_999_999),
  position: fc.integer({ min: 1, max: 999_999_999_999_999 }),
  tag: fc.stringMatching(/^[0-9a-f]{8}$/),
});

const at = { epoch: 3, position: 4_711, tag: '9f3a01bc' };

function positions(tenant: string, secrets: Partial<LedgeEnv>, deployment = {}) {
  const caller = { tenant, actor: 'user:ann', roles: [], claims: {}, ...deployment };
  // No other binding is read.
  return shownPositions(secrets as LedgeEnv, caller);
}

const acme = positions('acme', { LEDGE_SECRET: SECRET });

describe('T20 a position that a caller of a tenant is shown', () => {
  test('is sealed, leads back to its place, and has one text', () => {
    fc.assert(
      fc.property(somePosition, (one) => {
        const text = acme.of(one);
        expect(text).toMatch(SHOWN_POSITION);
        expect(text).toMatch(/^s[\w-]{42}$/);
        expect(acme.of(one)).toBe(text);
        expect(acme.parse(text)).toEqual(one);
        expect(acme.parse(acme.examined(one))).toEqual(one);
      }),
    );
    expect(acme.parse(acme.of(JOURNAL_START))).toEqual(JOURNAL_START);
  });

  test('has nothing in common with its neighbours, nor with the same one of another tenant', () => {
    const next = { ...at, position: at.position + 1 };
    const globex = positions('globex', { LEDGE_SECRET: SECRET });
    const texts = [acme.of(at), acme.of(next), globex.of(at)].map((text) => text.slice(1));
    const bytes = texts.map((text) => [...Buffer.from(text, 'base64url')]);
    for (const [one = [], other = []] of [bytes.slice(0, 2), [bytes[0], bytes[2]]]) {
      const equal = one.filter((byte, index) => byte === other[index]);
      expect(equal.length).toBeLessThan(6);
    }
  });

  test('of an examined place is another text each time', () => {
    const texts = new Set(Array.from({ length: 100 }, () => acme.examined(at)));
    expect(texts.size).toBe(100);
  });

  test('is refused with any change, of another tenant, of another secret, and plain', () => {
    const text = acme.of(at);
    for (let index = 0; index < text.length; index++) {
      for (const character of ['A', 'B', '_', '=', ' ']) {
        if (text[index] === character) continue;
        const changed = text.slice(0, index) + character + text.slice(index + 1);
        expect(acme.parse(changed)).toBeUndefined();
      }
    }
    for (const other of [text.slice(0, -1), `${text}A`, 's', '', formatPosition(at), `${text}=`]) {
      expect(acme.parse(other)).toBeUndefined();
    }
    expect(positions('globex', { LEDGE_SECRET: SECRET }).parse(text)).toBeUndefined();
    expect(positions('acme', { LEDGE_SECRET: NEXT }).parse(text)).toBeUndefined();
    expect(positions('acme', {}).parse(text)).toBeUndefined();
  });

  test('is accepted while its secret is the previous one', () => {
    const rotated = positions('acme', { LEDGE_SECRET: NEXT, LEDGE_SECRET_PREVIOUS: SECRET });
    expect(rotated.parse(acme.of(at))).toEqual(at);
    expect(rotated.of(at)).not.toBe(acme.of(at));
    expect(rotated.parse(rotated.of(at))).toEqual(at);
  });
});

describe('T21 a position is plain', () => {
  test.each([
    ['without a secret', 'acme', {}, {}],
    ['for the deployment', 'ledge', { LEDGE_SECRET: SECRET }, {}],
    ['for its operator in a tenant', 'acme', { LEDGE_SECRET: SECRET }, { isVisiting: true }],
    ['in local development', 'main', { LEDGE_SECRET: SECRET }, { isUnrestricted: true }],
  ] as const)('%s', (_, tenant, secrets, deployment) => {
    const shown = positions(tenant, secrets, deployment);
    expect(shown.of(at)).toBe('a3-4711-9f3a01bc');
    expect(shown.examined(at)).toBe('a3-4711-9f3a01bc');
    expect(shown.parse('a3-4711-9f3a01bc')).toEqual(at);
    expect(shown.parse(acme.of(at))).toBeUndefined();
  });
});

describe('T23 a bookmark of D1 that a caller of a tenant is shown', () => {
  const plain = '00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683';
  const bookmarks = (tenant: string, secrets: Partial<LedgeEnv>, deployment = {}) =>
    // No other binding is read.
    shownBookmarks(
      secrets as LedgeEnv,
      { ...{ tenant, actor: 'user:ann', roles: [], claims: {} }, ...deployment },
      'DB',
    );
  const own = bookmarks('acme', { LEDGE_SECRET: SECRET });

  test('is sealed, another text each time, and leads back to it', () => {
    const texts = Array.from({ length: 100 }, () => own.of(plain) ?? '');
    expect(new Set(texts).size).toBe(100);
    expect(new Set(texts.map((text) => own.startOf(text)))).toEqual(new Set([plain]));
    const rotated = { LEDGE_SECRET: NEXT, LEDGE_SECRET_PREVIOUS: SECRET };
    expect(bookmarks('acme', rotated).startOf(texts[0] ?? '')).toBe(plain);
  });

  test('of another tenant, or whose secret is gone, leads to the primary, which is never older', () => {
    const text = own.of(plain) ?? '';
    expect(bookmarks('globex', { LEDGE_SECRET: SECRET }).startOf(text)).toBe('first-primary');
    expect(bookmarks('acme', { LEDGE_SECRET: NEXT }).startOf(text)).toBe('first-primary');
  });

  test('that is none is refused, and one of an unknown form is not shown', () => {
    expect(own.startOf(plain)).toBeUndefined();
    expect(own.startOf('s')).toBeUndefined();
    expect(own.of('a new form')).toBeUndefined();
  });

  test('is plain to the deployment, and without a secret', () => {
    const visiting = { isVisiting: true } as const;
    for (const shown of [
      bookmarks('acme', {}),
      bookmarks('ledge', { LEDGE_SECRET: SECRET }),
      bookmarks('acme', { LEDGE_SECRET: SECRET }, visiting),
    ]) {
      expect(shown.of(plain)).toBe(plain);
      expect(shown.startOf(plain)).toBe(plain);
    }
  });
});
