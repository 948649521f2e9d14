/** Rows of the read models, by a list or a named query. The address of the screen has the parameters of the request. */
import { useLocation } from 'wouter';
import { Loaded } from '../../parts/loaded.tsx';
import { useApi } from '../../parts/use-api.ts';
import { type Described, type Query, queriesOf } from './parameters.ts';
import { QueryParameters } from './query-parameters.tsx';
import { QueryRows } from './query-rows.tsx';

export function Queries() {
  const description = useApi<Described>('/openapi.json', { isFixed: true });
  return (
    <>
      <h1>Queries</h1>
      <Loaded of={description}>{(found) => <Chosen queries={queriesOf(found)} />}</Loaded>
    </>
  );
}

function Chosen({ queries }: { readonly queries: readonly Query[] }) {
  const [location, navigate] = useLocation();
  const [, , name] = location.split('/');
  const chosen = queries.find((query) => query.name === (name ?? query.name));
  return (
    <>
      <section aria-label="Query">
        <div className="filters">
          <label>
            Query
            <select
              value={chosen?.name ?? ''}
              onChange={({ target }) => navigate(`/queries/${target.value}`)}
            >
              {!chosen && <option value="">The app has no such query</option>}
              {queries.map((query) => (
                <option key={query.name}>{query.name}</option>
              ))}
            </select>
          </label>
        </div>
        {chosen && <QueryParameters key={chosen.name} parameters={chosen.parameters} />}
      </section>
      {chosen && <QueryRows key={chosen.name} query={chosen} />}
    </>
  );
}
