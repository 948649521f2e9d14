/** The names under which `npm run dev` answers, by its `--ip` and by a variable. */
import { expect, test } from 'vitest';
import { devHosts } from '../../cli/dev/dev-hosts.ts';

test.each([
  [undefined, undefined, ''],
  [undefined, 'dev.example,192.168.1.4', 'dev.example,192.168.1.4'],
  ['192.168.1.4', undefined, '192.168.1.4'],
  ['fe80::1', 'dev.example', '[fe80::1],dev.example'],
])('H39 --ip %s with LEDGE_DEV_HOSTS=%s', (ip, named, hosts) => {
  expect(devHosts(ip, named)).toBe(hosts);
});

test.each(['0.0.0.0', '::', '*'])(
  'H39 --ip %s names the machine’s own addresses, never all',
  (ip) => {
    const names = devHosts(ip).split(',');
    expect(names).toContain('127.0.0.1');
    for (const name of EVERYTHING) expect(names).not.toContain(name);
  },
);

const EVERYTHING = ['0.0.0.0', '::', '[::]', '*'];
