/** What a saga sends and when: pure, its time passes when the test says so. */
import { command } from 'ledge';
import { givenSaga } from 'ledge/testing';
import { test } from 'vitest';
import { jar } from '../jar/jar.ts';
import { deadline } from './deadline.ts';

const DAY_MS = 86_400_000;
const bicycle = { aggregate: jar, id: 'bicycle-1' } as const;

function opened() {
  const event = { ...bicycle, type: 'JarOpened', data: { goalCents: 500 } } as const;
  return givenSaga(deadline, 'bicycle-1').whenEvent(event);
}

test('a jar that is not filled within thirty days is closed', () => {
  opened()
    .whenTimePasses(29 * DAY_MS)
    .thenSends()
    .whenTimePasses(DAY_MS)
    .thenSends({ close: command(jar, 'bicycle-1', 'CloseJar', {}) })
    .whenEvent({ ...bicycle, type: 'JarClosed', data: {} })
    .thenStatus('completed');
});

test('a jar that is filled in time stays as it is', () => {
  opened()
    .whenEvent({ ...bicycle, type: 'JarFilled', data: { goalCents: 500 } })
    .thenStatus('completed')
    .whenTimePasses(31 * DAY_MS)
    .thenSends();
});

test('a jar that is filled while it is being closed stays full', () => {
  opened()
    .whenTimePasses(30 * DAY_MS)
    .whenSettled('close', 'not-open')
    .thenStatus('completed');
});
