/** A request that failed, with what the server says of it. */
import type { LedgeProblem } from '../../problem.ts';

export function Problem({ error }: { readonly error: LedgeProblem }) {
  const { title, detail } = error.problem;
  return (
    <div role="alert" className="problem">
      <strong>{title}</strong>
      <p>{detail}</p>
    </div>
  );
}
