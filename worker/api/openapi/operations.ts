/** Describes what operators do: projections, dead letters, verification. */
import type { App } from '../../../core/app.ts';
import { allSubjectsPaths } from './all-subjects.ts';
import { deadLetterPaths } from './dead-letters.ts';
import { exportPaths } from './export.ts';
import { importPart } from './import.ts';
import { incidentPaths } from './incidents.ts';
import type { Part } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { operationsStatusPaths } from './operations-status.ts';
import { projectionPaths } from './projections.ts';
import { recoveryPaths } from './recovery.ts';
import { restorePaths } from './restore.ts';
import { usagePaths } from './usage.ts';
import { verificationPaths } from './verification.ts';

export function operationsPart(app: App): Part {
  const imports = importPart(app);
  return {
    tag: {
      name: OPERATIONS_TAG,
      description: 'Where a deployment is; projections, their builds and their dead letters.',
    },
    paths: {
      ...operationsStatusPaths,
      ...projectionPaths,
      ...deadLetterPaths,
      ...incidentPaths,
      ...usagePaths,
      ...verificationPaths,
      ...restorePaths,
      ...exportPaths,
      ...allSubjectsPaths,
      ...recoveryPaths(app),
      ...imports.paths,
    },
    schemas: imports.schemas,
  };
}
