/** Below a page of a list: to the next one, and back to the first. The page is part of the address. */
import { useParameters } from './use-parameters.ts';

interface Properties {
  /** Of the page behind the one that is shown. Undefined: it is the last one. */
  readonly cursor: string | undefined;
}

export function Pages({ cursor }: Properties) {
  const { chosen, choose } = useParameters();
  const isFirst = chosen('cursor') === undefined;
  if (isFirst && cursor === undefined) return null;
  return (
    <p className="filters">
      <button type="button" disabled={isFirst} onClick={() => choose({ cursor: undefined })}>
        First page
      </button>
      <button type="button" disabled={cursor === undefined} onClick={() => choose({ cursor })}>
        Next page
      </button>
    </p>
  );
}
