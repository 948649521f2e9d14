/**
 * The storage format of D1: one number in one row, which a migration raises where older code must not work on what it
 * makes. Code that finds another number than its own was rolled back, or came before its migrations.
 */
import { unknownFormatText } from '../../core/failures/unknown-format.ts';

/** Of the machinery tables, as this code reads and writes them. */
const FORMAT = 1;

/** Follows the statement that creates the table: without its row nothing is read or written. */
export const FIRST_ROW = `INSERT INTO \`storage_format\` (\`id\`, \`format\`) VALUES (1, ${FORMAT});`;

const STORED = '(SELECT format FROM storage_format)';

/** The stored number, as SQL that makes a text around it. */
const TEXT = unknownFormatText('D1', `' || coalesce(${STORED}, 'none') || '`, FORMAT);

/** A statement of one row read, which fails where the stored format is another one: SQLite quotes a wrong JSON path. */
export const ASSERT_FORMAT = `
  SELECT CASE ${STORED} WHEN ${FORMAT} THEN 1 ELSE json_extract('{}', '${TEXT}') END`;
