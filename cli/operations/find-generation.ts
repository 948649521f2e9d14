/** One of a projection's generations. Pure. */
import type {
  GenerationStatus,
  ProjectionStatus,
} from '../../core/operator-shapes/projection-status.ts';

export type GenerationId = Pick<GenerationStatus, 'version' | 'purpose'>;

export function findGeneration(
  { generations }: ProjectionStatus,
  { version, purpose }: GenerationId,
): GenerationStatus | undefined {
  return generations.find((one) => one.version === version && one.purpose === purpose);
}
