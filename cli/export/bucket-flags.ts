/** The options that name a bucket of R2 for an export. */
import { type Command, InvalidArgumentError } from 'commander';
import { NoAnswer } from '../operations/server.ts';
import { ExportBucket } from './export-bucket.ts';

export interface BucketFlags {
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  readonly jurisdiction?: string | undefined;
}

export function withBucket(program: Command, use: string): Command {
  return program
    .option('--bucket <name>', `a bucket of R2, ${use}`, bucketName)
    .option('--prefix <path>', 'within the bucket, where it has more than this export', prefixPath)
    .option('--jurisdiction <name>', 'of the bucket, like eu');
}

/** Undefined where none is named. @throws NoAnswer */
export function bucketOf({ bucket, prefix, jurisdiction }: BucketFlags): ExportBucket | undefined {
  if (bucket !== undefined) return new ExportBucket({ bucket, prefix, jurisdiction });
  if ((prefix ?? jurisdiction) === undefined) return undefined;
  throw new NoAnswer('--prefix and --jurisdiction are of a bucket: name it with --bucket.', false);
}

function bucketName(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(text)) {
    throw new InvalidArgumentError('It is no name of a bucket.');
  }
  return text;
}

/** Of characters that need no encoding in an address. */
function prefixPath(text: string): string {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(text)) {
    throw new InvalidArgumentError('It is no path like shop/2026, of A-Z a-z 0-9 . _ -');
  }
  return text;
}
