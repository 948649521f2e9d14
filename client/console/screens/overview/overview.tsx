/** Overview: what needs an operator now, then how far everything is. */
import type { OperationsStatus } from '../../../../core/operator-shapes/operations-status.ts';
import type { ProjectionList } from '../../../../core/operator-shapes/projection-status.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { useApi } from '../../parts/use-api.ts';
import { Databases } from './databases.tsx';
import { NeedsYou } from './needs-you.tsx';
import { Projections } from './projections.tsx';
import { Queues } from './queues.tsx';

export function Overview() {
  const status = useApi<OperationsStatus>('/v1/status');
  const projections = useApi<ProjectionList>('/v1/projections');
  return (
    <>
      <h1>Overview</h1>
      <NeedsYou status={status} />
      <section aria-labelledby="projections">
        <h2 id="projections">Projections</h2>
        <Loaded of={projections}>
          {({ projections: all }) => <Projections projections={all} />}
        </Loaded>
      </section>
      <section aria-labelledby="databases">
        <h2 id="databases">Databases and queues</h2>
        <Loaded of={status}>
          {({ databases, queues }) => (
            <>
              <Databases databases={databases} />
              <Queues queues={queues} />
            </>
          )}
        </Loaded>
      </section>
    </>
  );
}
