import { describe, expect, test } from 'vitest';
import { targetFault } from '../../worker/subscriptions/target-fault.ts';

const allowed = [
  'https://hooks.example/in',
  'https://hooks.example:8443/in?token=1',
  'https://8.8.8.8/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://[2606:4700::1111]/',
  'https://bücher.example/',
];

const refused = [
  ...['http://hooks.example/', 'ftp://hooks.example/', 'hooks.example', '//hooks.example', ''],
  ...[
    'https://user:pass@hooks.example/',
    'https://user@hooks.example/',
    'https://hooks.example/#a',
  ],
  // Names of this machine and of private networks.
  ...['https://localhost/', 'https://LOCALHOST./', 'https://a.localhost/', 'https://intranet/'],
  ...['https://metadata.google.internal/', 'https://instance-data/', 'https://printer.local/'],
  ...[
    'https://nas.lan/',
    'https://router.home.arpa/',
    'https://db.corp/',
    'https://x.localdomain/',
  ],
  // IPv4 in all its forms.
  ...['https://127.0.0.1/', 'https://127.1/', 'https://2130706433/', 'https://0x7f000001/'],
  ...['https://0x7f.1/', 'https://0177.0.0.1/', 'https://017700000001/', 'https://127.0.0.1./'],
  ...['https://１２７.0.0.1/', 'https://127。0。0。1/', 'https://0/', 'https://0.0.0.0/'],
  ...[
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
  ],
  ...[
    'https://169.254.169.254/',
    'https://0xa9fea9fe/',
    'https://100.64.0.1/',
    'https://192.0.0.192/',
  ],
  ...[
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://240.0.0.1/',
  ],
  ...[
    'https://192.0.2.1/',
    'https://198.51.100.1/',
    'https://203.0.113.1/',
    'https://192.88.99.1/',
  ],
  // IPv6, and IPv4 within it.
  ...['https://[::1]/', 'https://[::]/', 'https://[0:0:0:0:0:0:0:1]/', 'https://[fe80::1]/'],
  ...['https://[fc00::1]/', 'https://[fd00:ec2::254]/', 'https://[ff02::1]/', 'https://[fec0::1]/'],
  ...['https://[::ffff:127.0.0.1]/', 'https://[::ffff:7f00:1]/', 'https://[::127.0.0.1]/'],
  ...['https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://[2001::1]/'],
  ...['https://[2001:db8::1]/', 'https://[3fff::1]/', 'https://[100::1]/'],
  `https://hooks.example/${'a'.repeat(2_000)}`,
];

describe('SU7 a target is a public host', () => {
  test.each(allowed)('%s is allowed', (url) => {
    expect(targetFault(url, false)).toBeUndefined();
  });

  test.each(refused)('%s is refused', (url) => {
    expect(targetFault(url, false)).toEqual(expect.any(String));
  });

  test('and in local development this machine is one, also with http', () => {
    for (const host of ['localhost:9000', '127.0.0.1', '[::1]', 'a.localhost']) {
      expect(targetFault(`http://${host}/`, true)).toBeUndefined();
      expect(targetFault(`https://${host}/`, true)).toBeUndefined();
    }
    expect(targetFault('http://10.0.0.1/', true)).toEqual(expect.any(String));
    expect(targetFault('http://hooks.example/', true)).toEqual(expect.any(String));
    expect(targetFault('ftp://localhost/', true)).toEqual(expect.any(String));
  });
});
