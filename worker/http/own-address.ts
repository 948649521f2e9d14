/** An address of this origin, out of what a caller sent as one. */

/** Absolute, since a path that begins with two slashes leads elsewhere. */
export function ownAddress(sent: string | null, requestUrl: string, otherwise: string): string {
  const { origin } = new URL(requestUrl);
  const address = sent?.startsWith('/') && URL.canParse(sent, origin) && new URL(sent, origin);
  return address && address.origin === origin ? address.href : `${origin}${otherwise}`;
}
