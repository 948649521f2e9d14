/** The addresses of this screen. */

/** An id holds slashes, and that of a message whatever its sender chose: a parameter carries both. */
export function letterAddress(id: string): string {
  return `/dead-letters?${new URLSearchParams({ id })}`;
}
