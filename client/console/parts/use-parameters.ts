/** What is chosen on a screen, in the query of its address: a link to it shows the same. */
import { useSearchParams } from 'wouter';

type Change = Readonly<Record<string, string | undefined>>;

interface Parameters {
  /** Undefined: not chosen. */
  readonly chosen: (name: string) => string | undefined;
  /** Changes these and keeps the others; the address before is not kept in the history. */
  readonly choose: (change: Change) => void;
}

export function useParameters(): Parameters {
  const [parameters, setParameters] = useSearchParams();
  return {
    chosen: (name) => parameters.get(name) ?? undefined,
    choose: (change) => setParameters((before) => changed(before, change), { replace: true }),
  };
}

function changed(before: URLSearchParams, change: Change): URLSearchParams {
  const after = new URLSearchParams(before);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === '') after.delete(name);
    else after.set(name, value);
  }
  return after;
}
