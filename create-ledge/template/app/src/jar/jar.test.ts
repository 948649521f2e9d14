/** What a jar decides: pure, without a runtime or a database. */
import { given } from 'ledge/testing';
import { test } from 'vitest';
import { jar } from './jar.ts';

const opened = { type: 'JarOpened', data: { goalCents: 500 } } as const;

test('a jar is full when its goal is reached', () => {
  given(jar, [opened])
    .when('SaveMoney', { cents: 200 })
    .then([{ type: 'MoneySaved', data: { cents: 200 } }])
    .when('SaveMoney', { cents: 300 })
    .then([
      { type: 'MoneySaved', data: { cents: 300 } },
      { type: 'JarFilled', data: { goalCents: 500 } },
    ]);
});

test('nothing is saved in a jar that is not open', () => {
  given(jar).when('SaveMoney', { cents: 200 }).thenRejected('not-open', { status: 'none' });
  given(jar, [opened, { type: 'JarClosed', data: {} }])
    .when('SaveMoney', { cents: 200 })
    .thenRejected('not-open', { status: 'closed' });
});

test('closing a jar twice changes nothing the second time', () => {
  given(jar, [opened])
    .when('CloseJar', {})
    .then([{ type: 'JarClosed', data: {} }])
    .when('CloseJar', {})
    .then([]);
});
