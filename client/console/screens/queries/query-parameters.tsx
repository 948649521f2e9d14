/** The parameters of a query: those that it needs, those that were added, and a choice of the others. */
import { useId, useState } from 'react';
import { useParameters } from '../../parts/use-parameters.ts';
import type { QueryParameter } from './parameters.ts';

export function QueryParameters({
  parameters,
}: {
  readonly parameters: readonly QueryParameter[];
}) {
  const { chosen } = useParameters();
  const [added, setAdded] = useState<readonly string[]>([]);
  const isShown = ({ name, required }: QueryParameter) =>
    required === true || added.includes(name) || chosen(name) !== undefined;
  const others = parameters.filter((one) => !isShown(one));
  return (
    <div className="filters">
      {parameters.filter(isShown).map((parameter) => (
        <Value key={parameter.name} parameter={parameter} />
      ))}
      {others.length > 0 && (
        <label>
          Add a parameter
          <select value="" onChange={({ target }) => setAdded([...added, target.value])}>
            <option value="">…</option>
            {others.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

/** Empty, it is left out of the request. */
function Value({ parameter: { name, schema } }: { readonly parameter: QueryParameter }) {
  const { chosen, choose } = useParameters();
  const change = (value: string) => choose({ [name]: value, cursor: undefined });
  const id = useId();
  const value = chosen(name) ?? '';
  return (
    <label htmlFor={id}>
      {name}
      {schema?.enum ? (
        <select id={id} value={value} onChange={({ target }) => change(target.value)}>
          <option value="">…</option>
          {schema.enum.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      ) : (
        <input id={id} value={value} onChange={({ target }) => change(target.value)} />
      )}
    </label>
  );
}
