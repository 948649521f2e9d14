/** What an operator can do with a projection. */
import * as z from 'zod';

export interface OperationInput {
  readonly reason?: string;
  readonly version?: number;
}

/** In words for the API's description, and what it takes. */
export interface ProjectionOperation {
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType<OperationInput>;
}

const nothing = z.strictObject({});
const version = z.strictObject({ version: z.int().min(1) });
const reason = z.strictObject({ reason: z.string().min(1).max(1_000).exactOptional() });

export const projectionOperations = {
  pause: {
    summary: 'Pause',
    description: 'Nothing is written to it any more, builds included. What it has is still read.',
    input: reason,
  },
  resume: {
    summary: 'Resume',
    description: 'It reads the journal from where it was, and moves with the others again.',
    input: nothing,
  },
  rebuild: {
    summary: 'Rebuild',
    description:
      'From the first event of the journal, beside the rows that serve; they are replaced when the last event is applied.',
    input: nothing,
  },
  restart: {
    summary: 'Restart a rebuild from the beginning',
    description: 'As `rebuild`; a build under way begins again.',
    input: nothing,
  },
  cancel: {
    summary: 'End the build under way',
    description: 'What was made beside the serving rows is dropped, verifications included.',
    input: nothing,
  },
  verify: {
    summary: 'Verify',
    description:
      'Recomputes the serving rows from the journal beside them and compares: see `report` of its generation.',
    input: nothing,
  },
  rollback: {
    summary: 'Serve another version',
    description: 'One that moves with the journal: queries never read rows that no longer change.',
    input: version,
  },
  drop: {
    summary: 'Drop a version',
    description:
      'Its rows and dead letters are gone, its empty tables stay. Not the one that serves, nor one that the code defines.',
    input: version,
  },
} as const satisfies Readonly<Record<string, ProjectionOperation>>;

export type ProjectionOperationName = keyof typeof projectionOperations;

/** The keys of the record are the names, by its type. */
export const projectionOperationNames = Object.keys(
  projectionOperations,
) as ProjectionOperationName[];
