// The host names that a local server answers to beside its loopback names. A name server can lead any name
// to this machine, so only addresses that are this machine's own, and names that the developer gives, count.

import { hostname, networkInterfaces } from 'node:os';

const EVERYWHERE = ['0.0.0.0', '::', '*'];

/** For the variable `LEDGE_DEV_HOSTS`: those of `--ip`, and those that are named with commas. */
export function devHosts(ip: string | undefined, named = ''): string {
  const own = ip !== undefined && EVERYWHERE.includes(ip) ? everyName() : [ip ?? ''];
  return [...own.map(asHost), ...named.split(',')].filter((name) => name !== '').join(',');
}

function everyName(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all);
  return [hostname().toLowerCase(), ...addresses.map(({ address }) => address)];
}

/** As a URL has it. */
function asHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
