/** What an operator of the deployment can do with a read model, each with what it will do. */
import type { ProjectionStatus } from '../../../../core/operator-shapes/projection-status.ts';
import { Action } from '../../parts/action.tsx';

const operations = {
  rebuild: {
    label: 'Rebuild',
    says: 'Builds its rows again from the first event of the journal, beside the rows that serve; these are replaced when the last event is applied.',
  },
  verify: {
    label: 'Verify',
    says: 'Recomputes its rows from the journal beside the serving ones and compares them. Queries read the serving ones all the time.',
  },
  pause: {
    label: 'Pause',
    says: 'Nothing is written to it any more, builds included. What it has is still read, and its lag grows.',
  },
  resume: {
    label: 'Resume',
    says: 'It reads the journal from where it was, and moves with the others again.',
  },
  cancel: {
    label: 'End the build',
    says: 'What was built beside the serving rows is dropped, verifications included.',
  },
  rollback: {
    label: 'Serve this version',
    says: 'Queries read the rows of this version from then on. The version that serves now is kept.',
  },
  drop: {
    label: 'Drop',
    says: 'The rows and the dead letters of this version are gone; its empty tables stay.',
  },
} as const;

interface Properties {
  readonly name: string;
  readonly operation: keyof typeof operations;
  readonly version?: number;
}

export function ReadModelAction({ name, operation, version }: Properties) {
  const { label, says } = operations[operation];
  const isPause = operation === 'pause';
  return (
    <Action<ProjectionStatus>
      label={label}
      subject={version === undefined ? name : `${name}@${version}`}
      effect={says}
      grant="operate deployment"
      path={`/v1/projections/${encodeURIComponent(name)}/${operation}`}
      body={version === undefined ? {} : { version }}
      hasReason={isPause}
      cli={['projections', operation, name, ...(version === undefined ? [] : [String(version)])]}
      done={({ state }) => `The read model is ${state}.`}
    />
  );
}

export function WholeActions({ name, version, state, generations }: ProjectionStatus) {
  const isPaused = state === 'paused';
  const isBuilding = generations.some(({ build }) => build !== undefined);
  return (
    <p className="filters">
      {version !== null && <ReadModelAction name={name} operation="rebuild" />}
      <ReadModelAction name={name} operation="verify" />
      <ReadModelAction name={name} operation={isPaused ? 'resume' : 'pause'} />
      {isBuilding && <ReadModelAction name={name} operation="cancel" />}
    </p>
  );
}
