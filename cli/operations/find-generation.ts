/** One of a projection's generations: each database has its own. Pure. */
import type {
  GenerationStatus,
  ProjectionStatus,
} from '../../core/operator-shapes/projection-status.ts';

/** Undefined where nothing serves in that database. */
export function servingVersion(
  { generations }: ProjectionStatus,
  database: string,
): number | undefined {
  return generations.find((one) => one.serving && one.database === database)?.version;
}

export type GenerationId = Pick<GenerationStatus, 'database' | 'version' | 'purpose'>;

export function findGeneration(
  { generations }: ProjectionStatus,
  { database, version, purpose }: GenerationId,
): GenerationStatus | undefined {
  return generations.find(
    (one) => one.database === database && one.version === version && one.purpose === purpose,
  );
}
