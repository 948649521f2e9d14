/** One read model: its versions in each database, and what an operator can do with it. */
import { Link } from 'wouter';
import type {
  GenerationStatus,
  ProjectionStatus,
} from '../../../../core/operator-shapes/projection-status.ts';
import { Badge } from '../../parts/badge.tsx';
import { Builds } from '../../parts/builds.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { lagText, moment, number } from '../../parts/words.ts';
import { ReadModelAction, WholeActions } from './read-model-actions.tsx';
import { Reports } from './reports.tsx';

export function OneReadModel({ name }: { readonly name: string }) {
  const status = useApi<ProjectionStatus>(`/v1/projections/${encodeURIComponent(name)}`);
  return (
    <>
      <p className="quiet">
        <Link href="/read-models">Read models</Link>
      </p>
      <h1>{name}</h1>
      <Loaded of={status}>{(found) => <Whole {...found} />}</Loaded>
    </>
  );
}

function Whole(status: ProjectionStatus) {
  const { name, state, lag, parked, lastError, generations } = status;
  return (
    <>
      <section aria-labelledby="status">
        <h2 id="status">Status</h2>
        <p>
          <Badge state={state} /> Lag: {lagText(lag)}.{' '}
          {parked > 0 && (
            <Link href={`/dead-letters?${new URLSearchParams({ projection: name })}`}>
              {number(parked)} parked
            </Link>
          )}
        </p>
        {lastError !== null && (
          <p>
            Last error: <bdi>{lastError}</bdi>
          </p>
        )}
        <WholeActions {...status} />
      </section>
      <section aria-labelledby="versions">
        <h2 id="versions">Versions</h2>
        <Table
          label="Versions"
          rows={generations}
          keyOf={keyOf}
          columns={[
            { head: 'Version', isFigure: true, cell: ({ version }) => version },
            { head: 'Database', cell: ({ database }) => database },
            { head: 'State', cell: ({ state: own }) => <Badge state={own} /> },
            {
              head: 'Purpose',
              cell: ({ purpose, serving }) => (serving ? `${purpose}, serves` : purpose),
            },
            { head: 'Lag', cell: (generation) => lagText(generation.lag) },
            { head: 'Build', cell: (generation) => <Builds generations={[generation]} /> },
            { head: 'Reason', cell: ({ reason }) => <bdi>{reason}</bdi> },
            { head: 'Changed', cell: ({ changedAt }) => moment(changedAt) },
            {
              head: 'Actions',
              cell: (generation) => <VersionActions status={status} generation={generation} />,
            },
          ]}
        />
      </section>
      <Reports generations={generations} />
    </>
  );
}

interface VersionProperties {
  readonly status: ProjectionStatus;
  readonly generation: GenerationStatus;
}

/** What serves is neither served again nor dropped, and what the code defines is not dropped. */
function VersionActions({ status, generation }: VersionProperties) {
  const { version, serving, state, purpose } = generation;
  if (serving || purpose === 'verify') return null;
  return (
    <span className="step-actions">
      {state === 'live' && (
        <ReadModelAction name={status.name} operation="rollback" version={version} />
      )}
      {version !== status.version && (
        <ReadModelAction name={status.name} operation="drop" version={version} />
      )}
    </span>
  );
}

function keyOf({ database, version, purpose }: GenerationStatus): string {
  return `${database} ${version} ${purpose}`;
}
