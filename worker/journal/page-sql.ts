/**
 * SQL fragments that find a page of the journal by a position. Positions are dense, pages are sealed from the oldest on
 * and the newest never is, so each is one look-up by the table's key.
 */

/** The newest position; 0 if the journal is empty. */
export const HEAD =
  'coalesce((SELECT first + events - 1 FROM journal_page ORDER BY first DESC LIMIT 1), 0)';

export const READ_HEAD = `SELECT ${HEAD} AS head`;

/** Where the page of a position begins; 0 if no page begins at or before it. */
export function firstOf(position: string): string {
  return `coalesce((SELECT max(first) FROM journal_page WHERE first <= ${position}), 0)`;
}

/**
 * The tag of a position in hex: that of its page, or of the segment that ends at it. NULL if no page has the position; one
 * inside of a segment has its tag there.
 */
export function tagAt(position: string): string {
  return `(SELECT lower(hex(tag)) FROM journal_page
    WHERE first = ${firstOf(position)} AND first + events > ${position}
    UNION ALL SELECT lower(hex(tag)) FROM journal_segment WHERE last = ${position})`;
}

/** The newest position that is in R2 alone. Everything up to it is, and no segment has a position after it. */
export const SEALED = 'coalesce((SELECT max(last) FROM journal_segment), 0)';
