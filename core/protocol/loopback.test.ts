import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';

const LOOPBACK = ['localhost', 'a.b.localhost', '127.0.0.1', '127.255.0.9', '[::1]'];

test.each(LOOPBACK)('H39 %s is a loopback name', (hostname) => {
  expect(isLoopback(hostname)).toBe(true);
});

const OTHERS = [
  ...['', 'localhost.', 'localhost.example', 'alocalhost', '.localhost.example'],
  ...['127.0.0.1.nip.io', '128.0.0.1', '0.0.0.0', '[::]', '[::2]', '[::ffff:7f00:1]'],
];

test.each(OTHERS)('H39 %s is none', (hostname) => {
  expect(isLoopback(hostname)).toBe(false);
});
