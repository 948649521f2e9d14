/** A JSON value as a tree of text. Against an earlier value it marks what is new, changed and gone. */
import { useState } from 'react';

/** Of one object or array; a button shows as many more. */
const SHOWN_MAX = 100;

/** In place of a value that is not there. */
const absent = Symbol('absent');

interface Properties {
  readonly label: string;
  readonly value: unknown;
  /** The earlier value. Without this nothing is marked. */
  readonly before?: { readonly value: unknown };
}

export function JsonView({ label, value, before }: Properties) {
  return (
    <section className="json" aria-label={label}>
      <Value value={value} before={before === undefined ? value : before.value} />
    </section>
  );
}

interface Pair {
  readonly value: unknown;
  /** The same as `value`, where nothing is marked. */
  readonly before: unknown;
}

function Value({ value, before }: Pair) {
  if (!isContainer(value)) return <Scalar value={value} />;
  return <Members value={value} before={isAlike(value, before) ? before : {}} />;
}

function Members({ value, before }: { readonly value: object; readonly before: object }) {
  const [shown, setShown] = useState(SHOWN_MAX);
  const names = [...new Set([...Object.keys(value), ...Object.keys(before)])];
  if (names.length === 0) return <code>{Array.isArray(value) ? '[ ]' : '{ }'}</code>;
  return (
    <>
      <ul>
        {names.slice(0, shown).map((name) => (
          <Member key={name} name={name} value={own(value, name)} before={own(before, name)} />
        ))}
      </ul>
      {names.length > shown && (
        <button type="button" onClick={() => setShown(shown + SHOWN_MAX)}>
          {names.length - shown} more
        </button>
      )}
    </>
  );
}

function Member({ name, value, before }: Pair & { readonly name: string }) {
  const change = changeOf(value, before);
  return (
    <li data-change={change}>
      <bdi className="name">{name}</bdi>:{' '}
      {change !== undefined && <span className="unseen">{change}: </span>}
      {/* What is new or gone is marked as a whole. */}
      {change === 'removed' ? (
        <Value value={before} before={before} />
      ) : (
        <Value value={value} before={change === undefined ? before : value} />
      )}
      {change === 'changed' && !isContainer(before) && (
        <span className="quiet">
          {' '}
          was <Scalar value={before} />
        </span>
      )}
    </li>
  );
}

function Scalar({ value }: { readonly value: unknown }) {
  return (
    <bdi data-type={value === null ? 'null' : typeof value}>
      {typeof value === 'string' ? `"${value}"` : String(value)}
    </bdi>
  );
}

/** Undefined: the same, or a container in which members may have changed. */
function changeOf(value: unknown, before: unknown): 'added' | 'changed' | 'removed' | undefined {
  if (before === absent) return 'added';
  if (value === absent) return 'removed';
  return Object.is(value, before) || isAlike(value, before) ? undefined : 'changed';
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Both are arrays, or both are objects. */
function isAlike(value: unknown, before: unknown): before is object {
  return (
    isContainer(value) && isContainer(before) && Array.isArray(value) === Array.isArray(before)
  );
}

function own(of: object, name: string): unknown {
  return Object.hasOwn(of, name) ? Reflect.get(of, name) : absent;
}
