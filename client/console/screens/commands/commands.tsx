/** Commands: one is chosen, filled in, tried and sent. */
import { useLocation } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import type { Catalog } from '../../../../core/catalog/catalog-shape.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { CommandForm } from './command-form.tsx';
import { SentCommands } from './sent-commands.tsx';

export function Commands() {
  const catalog = useApi<Catalog>('/catalog.json', { isFixed: true });
  return (
    <>
      <h1>Commands</h1>
      <Loaded of={catalog}>{({ aggregates }) => <Chosen aggregates={aggregates} />}</Loaded>
      <SentCommands />
    </>
  );
}

function Chosen({ aggregates }: Pick<Catalog, 'aggregates'>) {
  const [location, navigate] = useLocation();
  const { chosen } = useParameters();
  const data = useHistoryState<{ readonly data?: unknown } | null>()?.data;
  const [, , aggregate, command] = location.split('/');
  const all = aggregates.flatMap(({ name, commands }) =>
    commands.map((one) => ({ aggregate: name, ...one })),
  );
  const found = all.find(
    (one) => one.aggregate === (aggregate ?? one.aggregate) && one.name === (command ?? one.name),
  );
  const id = chosen('id');
  const query = id === undefined ? '' : `?${new URLSearchParams({ id })}`;
  const name = found ? `${found.aggregate}/${found.name}` : '';
  return (
    <>
      <section aria-label="Choice">
        <label>
          Command
          <select
            value={name}
            onChange={({ target }) => navigate(`/commands/${target.value}${query}`)}
          >
            {!found && <option value="">The app has no such command</option>}
            {all.map((one) => (
              <option key={`${one.aggregate}/${one.name}`} value={`${one.aggregate}/${one.name}`}>
                {one.aggregate} {one.name}
              </option>
            ))}
          </select>
        </label>
      </section>
      {found && <CommandForm key={`${name} ${JSON.stringify(data)}`} {...found} taken={data} />}
    </>
  );
}
