/** Where a journal is: its newer part in pages of D1, its older part in segments of R2. */
export interface JournalStore {
  /** Of the database's binding: `DB`, `DB_2`. */
  readonly name: string;
  readonly database: D1Database;
  /** Undefined where the Worker has none for this database: nothing is sealed. */
  readonly bucket: R2Bucket | undefined;
}
