/**
 * The storage format of D1: one number in one row, which a migration raises where older code must not work on what it
 * makes. Code that finds another number than its own was rolled back, or came before its migrations.
 */
import { unknownFormatText } from '../../core/failures/unknown-format.ts';

/** Of the machinery tables, as this code reads and writes them. Ledge's own migrations store it. */
const FORMAT = 1;

const STORED = '(SELECT format FROM storage_format)';

/** The stored number, as SQL that makes a text around it. */
const TEXT = unknownFormatText('D1', `' || coalesce(${STORED}, 'none') || '`, FORMAT);

/** A statement of one row read, which fails where the stored format is another one: SQLite quotes a wrong JSON path. */
export const ASSERT_FORMAT = `
  SELECT CASE ${STORED} WHEN ${FORMAT} THEN 1 ELSE json_extract('{}', '${TEXT}') END`;
