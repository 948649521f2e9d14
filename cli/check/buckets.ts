/**
 * The buckets of R2 with the journal's older part: `JOURNAL` is that of `DB`, `JOURNAL_2` that of `DB_2`. A database may
 * have none; one that the project names, or that the top level has, must be bound: what is sealed cannot be read
 * without it.
 */
import { type Unstable_Config, unstable_readConfig } from 'wrangler';
import { furtherBuckets } from '../../core/protocol/deployment-names.ts';
import type { Project } from '../../migrations/project.ts';
import { isNumbered } from './numbered-bindings.ts';
import { placeOf } from './place.ts';
import { boundDatabases, databaseBindings } from './project-databases.ts';

type Bucket = Unstable_Config['r2_buckets'][number];

export function bucketFaults(project: Project): string[] {
  const { r2_buckets } = project.config;
  const first = project.bindings.JOURNAL;
  const names = [first, ...furtherBuckets(first)];
  const named = first === 'JOURNAL' ? undefined : first;
  const top = topLevelBuckets(project);
  const missing = names.filter(
    (name) => !bucketOf(r2_buckets, name) && (name === named || bucketOf(top, name)),
  );
  const own = r2_buckets.filter(
    (one) => names.includes(one.binding) || isNumbered(first, one.binding),
  );
  return [
    ...missing.map(
      (name) =>
        `The binding ${name} of a bucket is missing: add it, with a bucket_name of its own, to r2_buckets in ${placeOf(project)}.`,
    ),
    ...own.flatMap((bucket) => [
      ...sharedFaults(bucket, top, placeOf(project)),
      ...databaseFaults(project, bucket, names.indexOf(bucket.binding)),
    ]),
  ];
}

function sharedFaults({ binding, bucket_name }: Bucket, top: readonly Bucket[], place: string) {
  if (bucket_name === undefined || bucketOf(top, binding)?.bucket_name !== bucket_name) return [];
  return [
    `The bucket ${bucket_name} is that of the top level, too: give ${binding} one of its own in ${place}.`,
  ];
}

/** A missing `DB` is reported by itself. */
function databaseFaults(project: Project, { binding }: Bucket, index: number): string[] {
  if (index === 0) return [];
  if (index > 0 && boundDatabases(project).bound.length > index) return [];
  const database = databaseBindings(project)[index] ?? 'of its number';
  return [
    `The bucket ${binding} is for the database ${database}, and it is not bound: bind it in ${placeOf(project)}, or take the bucket out.`,
  ];
}

/** A named environment inherits no binding. */
function topLevelBuckets({ config: { configPath, targetEnvironment } }: Project): Bucket[] {
  if (configPath === undefined || targetEnvironment === undefined) return [];
  return unstable_readConfig({ config: configPath }, { hideWarnings: true }).r2_buckets;
}

function bucketOf(buckets: readonly Bucket[], name: string): Bucket | undefined {
  return buckets.find(({ binding }) => binding === name);
}
