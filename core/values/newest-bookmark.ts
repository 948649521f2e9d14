/** The newest of D1's bookmarks of one database, which are ordered as texts. Undefined of none. */
export function newestBookmark(bookmarks: readonly string[]): string | undefined {
  return bookmarks.toSorted().at(-1);
}
