/** Which command a reactor sends for an event: pure. */
import { command } from 'ledge';
import { givenReactor } from 'ledge/testing';
import { test } from 'vitest';
import { jar } from '../jar/jar.ts';
import { nextJar } from './next-jar.ts';

const bicycle = { aggregate: jar, id: 'bicycle-1' } as const;

test('a full jar opens the next one', () => {
  givenReactor(nextJar)
    .whenEvent({ ...bicycle, type: 'JarFilled', data: { goalCents: 500 } })
    .thenSends(command(jar, 'bicycle-2', 'OpenJar', { goalCents: 500 }));
});

test('a closed jar opens none', () => {
  givenReactor(nextJar)
    .whenEvent({ ...bicycle, type: 'JarClosed', data: {} })
    .thenSends();
});
