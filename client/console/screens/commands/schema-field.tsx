/** The inputs of one value by its JSON Schema: members and items below it, a union as JSON. */
import { useId, useState } from 'react';
import { choicesOf, type FieldSchema, fieldKind, firstValue, resolved } from './schema.ts';

interface Properties {
  readonly name: string;
  readonly schema: FieldSchema;
  /** Of the document, where references begin. */
  readonly root: FieldSchema;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
}

export function SchemaField({ schema: given, ...rest }: Properties) {
  const schema = resolved(given, rest.root);
  const properties = { ...rest, schema };
  switch (fieldKind(schema)) {
    case 'object':
      return isRecord(rest.value) ? (
        <fieldset className="members">
          <legend>{rest.name}</legend>
          <Members {...properties} value={rest.value} />
        </fieldset>
      ) : (
        <JsonField {...properties} />
      );
    case 'array':
      return Array.isArray(rest.value) ? (
        <Items {...properties} value={rest.value} />
      ) : (
        <JsonField {...properties} />
      );
    case 'choice':
      return <ChoiceField {...properties} />;
    case 'text':
      return typeof rest.value === 'string' ? (
        <TextField {...properties} />
      ) : (
        <JsonField {...properties} />
      );
    case 'number':
      return <NumberField {...properties} />;
    case 'boolean':
      return <BooleanField {...properties} />;
    case 'json':
      return <JsonField {...properties} />;
  }
}

type MembersProperties = Omit<Properties, 'name' | 'value'> & {
  readonly value: Readonly<Record<string, unknown>>;
};

/** What is optional is left out until it is added. */
export function Members({ schema, root, value, change }: MembersProperties) {
  const { properties = {}, required = [] } = schema;
  const without = (name: string) =>
    Object.fromEntries(Object.entries(value).filter(([one]) => one !== name));
  return Object.entries(properties).map(([name, of]) => {
    const isOptional = !required.includes(name);
    if (!Object.hasOwn(value, name)) {
      return (
        <button
          key={name}
          type="button"
          onClick={() => change({ ...value, [name]: firstValue(of, root) })}
        >
          Add {name}
        </button>
      );
    }
    return (
      <div key={name} className="member">
        <SchemaField
          name={name}
          schema={of}
          root={root}
          value={value[name]}
          change={(to) => change({ ...value, [name]: to })}
        />
        {isOptional && (
          <button type="button" onClick={() => change(without(name))}>
            Leave out<span className="unseen"> {name}</span>
          </button>
        )}
      </div>
    );
  });
}

function Items({ name, schema, root, value, change }: Properties & { value: readonly unknown[] }) {
  const items = schema.items ?? {};
  return (
    <fieldset className="members">
      <legend>{name}</legend>
      {value.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an item has no other name than its place
        <div key={index} className="member">
          <SchemaField
            name={`${name} ${index + 1}`}
            schema={items}
            root={root}
            value={item}
            change={(to) => change(value.with(index, to))}
          />
          <button type="button" onClick={() => change(value.toSpliced(index, 1))}>
            Remove<span className="unseen">{` ${name} ${index + 1}`}</span>
          </button>
        </div>
      ))}
      <button type="button" onClick={() => change([...value, firstValue(items, root)])}>
        Add to {name}
      </button>
    </fieldset>
  );
}

function ChoiceField({ name, schema, value, change }: Properties) {
  const choices = choicesOf(schema);
  return (
    <label>
      {name}
      <select
        value={choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value))}
        onChange={({ target }) => change(choices[Number(target.value)])}
      >
        {choices.map((choice, index) => (
          <option key={JSON.stringify(choice)} value={index}>
            {typeof choice === 'string' ? choice : JSON.stringify(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

const inputTypes: Readonly<Record<string, string>> = { email: 'email', uri: 'url', date: 'date' };

function TextField({ name, schema: { format = '', description }, value, change }: Properties) {
  const hint = description ?? (inputTypes[format] === undefined ? format : '');
  const ids = useId();
  return (
    <>
      <label>
        {name}
        <input
          type={inputTypes[format] ?? 'text'}
          value={String(value)}
          aria-describedby={hint === '' ? undefined : ids}
          onChange={({ target }) => change(target.value)}
        />
      </label>
      {hint !== '' && (
        <small id={ids} className="quiet">
          {hint}
        </small>
      )}
    </>
  );
}

/** An empty input is `null`, which the server refuses where a number is needed. */
function NumberField({ name, schema, value, change }: Properties) {
  return (
    <label>
      {name}
      <input
        type="number"
        step={schema.type === 'integer' ? 1 : 'any'}
        value={typeof value === 'number' ? value : ''}
        onChange={({ target }) => change(target.value === '' ? null : target.valueAsNumber)}
      />
    </label>
  );
}

function BooleanField({ name, value, change }: Properties) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={value === true}
        onChange={({ target }) => change(target.checked)}
      />
      {name}
    </label>
  );
}

/** Text that is no JSON changes nothing, and says so. */
function JsonField({ name, value, change }: Properties) {
  const [draft, setDraft] = useState({ text: JSON.stringify(value), value });
  const text = draft.value === value ? draft.text : JSON.stringify(value);
  const isRead = readJson(text) !== undefined;
  const edit = (next: string) => {
    const read = readJson(next);
    setDraft({ text: next, value: read ? read.value : value });
    if (read) change(read.value);
  };
  return (
    <label>
      {name}, as JSON
      <textarea value={text} aria-invalid={!isRead} onChange={({ target }) => edit(target.value)} />
    </label>
  );
}

export function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
