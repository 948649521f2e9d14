/**
 * The storage format of D1: one number in one row, which a migration raises if older code must not work on the result.
 * Code that finds another number was rolled back, or was deployed before its migrations.
 */
import { unknownFormatText } from '../../core/failures/unknown-format.ts';

/** The format of Ledge's own tables that this code reads and writes. Ledge's own migrations store it. */
const FORMAT = 1;

const STORED = '(SELECT format FROM storage_format)';

/** The error text with the stored number, as SQL. */
const TEXT = unknownFormatText('D1', `' || coalesce(${STORED}, 'none') || '`, FORMAT);

/**
 * A statement that reads one row and fails if the stored format differs: SQLite's error quotes the invalid JSON path.
 */
export const ASSERT_FORMAT = `
  SELECT CASE ${STORED} WHEN ${FORMAT} THEN 1 ELSE json_extract('{}', '${TEXT}') END`;
