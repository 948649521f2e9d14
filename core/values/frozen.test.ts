import { describe, expect, test } from 'vitest';
import { deepFrozen } from './frozen.ts';

describe('a frozen value', () => {
  test('is the value itself, and refuses changes at every depth', () => {
    const value = { lines: [{ quantity: 1 }], note: 'n' };
    expect(deepFrozen(value)).toBe(value);
    expect(() => value.lines.pop()).toThrow(TypeError);
    expect(() => Object.assign(value.lines[0] ?? {}, { quantity: 2 })).toThrow(TypeError);
    expect(() => Object.assign(value, { note: 'other' })).toThrow(TypeError);
    expect(value).toEqual({ lines: [{ quantity: 1 }], note: 'n' });
  });

  test('may refer to itself, or contain values that cannot be frozen', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(Object.isFrozen(deepFrozen(circle))).toBe(true);
    const held = deepFrozen({ bytes: new Uint8Array([1]), at: new Date(0), nothing: null });
    expect(held.bytes).toEqual(new Uint8Array([1]));
  });

  test.each([1, 'text', null, undefined, true])('is %s itself', (value) => {
    expect(deepFrozen(value)).toBe(value);
  });
});
