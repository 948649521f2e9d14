/** The rule for tokens on the wire: over plain http they go no further than this machine. Pure. */
export interface Destination {
  readonly url: string;
  readonly token?: string | undefined;
}

/** Why nothing may be sent there; undefined when it may. */
export function exposedToken({ url, token }: Destination): string | undefined {
  if (token === undefined) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopback(hostname)) return undefined;
  return `The token would go to ${hostname} over plain http, where others can read it. Nothing was sent: use https.`;
}

/** As URLs write hosts: an IPv4 address in any notation is four numbers by then. */
function isLoopback(hostname: string): boolean {
  return /^((.+\.)?localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
