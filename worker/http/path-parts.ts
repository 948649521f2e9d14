/** A row's key as the last segment of an address: its parts comma-joined, each percent-encoded on its own. */

/** Still encoded. */
export function lastSegment(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

/** Undefined when a part is not percent-encoded text. */
export function decodedParts(segment: string): string[] | undefined {
  try {
    return segment.split(',').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
