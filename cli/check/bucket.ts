/**
 * The bucket of R2 with the journal's older part. A project may have none; one that it names, or that another environment
 * has, must be bound: what is sealed cannot be read without it.
 */
import { type Unstable_Config, unstable_readConfig } from 'wrangler';
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

export function bucketFaults(project: Project): string[] {
  const { config, bindings } = project;
  const binding = bindings.JOURNAL;
  const bound = bucketIn(config, binding);
  const top = topLevelBucket(project);
  const place = placeOf(project);
  if (!bound) {
    if (binding === 'JOURNAL' && !top) return [];
    return [
      `The binding ${binding} of a bucket is missing: add it, with a bucket_name of its own, to r2_buckets in ${place}.`,
    ];
  }
  if (bound.bucket_name === undefined || bound.bucket_name !== top?.bucket_name) return [];
  return [
    `The bucket ${bound.bucket_name} is that of the top level, too: give ${binding} one of its own in ${place}.`,
  ];
}

/** A named environment inherits no binding. */
function topLevelBucket({ config: { configPath, targetEnvironment }, bindings }: Project) {
  if (configPath === undefined || targetEnvironment === undefined) return undefined;
  const top = unstable_readConfig({ config: configPath }, { hideWarnings: true });
  return bucketIn(top, bindings.JOURNAL);
}

function bucketIn({ r2_buckets }: Unstable_Config, name: string) {
  return r2_buckets.find(({ binding }) => binding === name);
}
