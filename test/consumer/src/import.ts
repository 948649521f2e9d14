/** Commands of another program, without a file. */
import { type ImportCommand, importCommands } from 'ledge/import';

export const importHistory = (source: AsyncIterable<ImportCommand>, url: string) =>
  importCommands({ source, url });
