/**
 * Which addresses a webhook may be sent to: https at a public host. A private, local or reserved address, in any of its
 * written forms, and a name that only a private network resolves are refused: a request from the inside must not be made
 * by a caller. A public name that resolves to such an address cannot be recognised here: a Worker does not resolve names.
 */
import { isLoopback } from '../../core/protocol/loopback.ts';

/** Ours. */
const URL_CHARACTERS_MAX = 2_000;

/**
 * Why nothing is sent to the address; undefined where it may be.
 *
 * @param isLocal local development: loopback addresses are allowed, also with http
 */
export function targetFault(text: string, isLocal: boolean): string | undefined {
  if (text.length > URL_CHARACTERS_MAX)
    return `A URL has at most ${URL_CHARACTERS_MAX} characters.`;
  if (!URL.canParse(text)) return 'This is no URL.';
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '') {
    return 'A URL has no credentials: the signature of a delivery shows its sender.';
  }
  if (hash !== '') return 'A URL of a target has no fragment.';
  if (isLocal && isLoopback(hostname) && (protocol === 'http:' || protocol === 'https:')) {
    return undefined;
  }
  if (protocol !== 'https:') return 'Use https.';
  return isPublicHost(hostname) ? undefined : 'This is no public host.';
}

/** `hostname` as a URL has it: lower case, IPv4 as four numbers, an IPv6 address in brackets. */
function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublicIpv6(groupsOf(hostname));
  return IPV4.test(hostname) ? isPublicIpv4(numberOf(hostname)) : isPublicName(hostname);
}

/** A URL has every other form of an IPv4 address in this one: `127.1`, `0x7f000001`, `2130706433`. */
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** The special-purpose addresses of IANA's registry: network, and how many of its bits count. */
const RESERVED: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

function isPublicIpv4(address: number): boolean {
  return RESERVED.every(([network, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) !== Math.floor(numberOf(network) / size);
  });
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

/**
 * Of the addresses that are given to the internet, 2000::/3, those without an address of another kind inside: neither
 * 6to4 and Teredo, nor documentation. Mapped and translated IPv4 addresses are outside of it.
 */
function isPublicIpv6([first = 0, second = 0]: readonly number[]): boolean {
  if (first < 0x2000 || first > 0x3fff) return false;
  const isSpecial = first === 0x2001 && (second < 0x200 || second === 0xdb8);
  return !isSpecial && first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

function groupsOf(hostname: string): number[] {
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array.from({ length: zeros }, () => 0), ...last];
}

/** Endings that no public name server answers for, where metadata services and machines of a network are found. */
const PRIVATE_ENDINGS = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'arpa',
  'localdomain',
];

function isPublicName(hostname: string): boolean {
  const labels = hostname.replace(/\.$/, '').split('.');
  const ending = labels.at(-1) ?? '';
  return labels.length > 1 && ending !== '' && !PRIVATE_ENDINGS.includes(ending);
}
