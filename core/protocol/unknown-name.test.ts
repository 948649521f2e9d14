import { describe, expect, test } from 'vitest';
import { toProblem } from './problem.ts';
import { unknownName } from './unknown-name.ts';

const COMMANDS = ['RegisterProduct', 'ReceiveStock', 'ReserveStock', 'Retire'];

const detailOf = (name: string, known: readonly string[] = COMMANDS) =>
  toProblem(unknownName('product command', name, known)).detail;

describe('H49 a name that the app does not define', () => {
  test.each([
    ['RegisterProdct', 'RegisterProduct'],
    ['registerproduct', 'RegisterProduct'],
    ['ReciveStock', 'ReceiveStock'],
    ['Retyre', 'Retire'],
  ])('is answered with the nearest: %s', (name, nearest) => {
    expect(detailOf(name)).toBe(`There is no product command ${name}. Did you mean ${nearest}?`);
    expect(unknownName('command', name, COMMANDS)).not.toHaveProperty('known');
  });

  test('is answered with all that there are, where none is near and they are few', () => {
    expect(detailOf('Sell')).toBe(
      `There is no product command Sell. There is: ${COMMANDS.join(', ')}.`,
    );
    expect(detailOf('Sell', [])).toBe('There is no product command Sell.');
    const many = Array.from({ length: 21 }, (_, index) => `Command${index}`);
    expect(detailOf('Sell', many)).toBe('There is no product command Sell.');
  });

  test('costs nothing however long it is', () => {
    const known = Array.from({ length: 200 }, (_, index) => `Command${index}`);
    const startedMs = Date.now();
    expect(detailOf('x'.repeat(1_000_000), known)).not.toContain('Did you mean');
    detailOf('x'.repeat(64), known);
    expect(Date.now() - startedMs).toBeLessThan(100);
  });
});
