/** What an answer is shown by, once it is there; before that, or where there is none, why. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { LedgeProblem } from '../../problem.ts';
import { Problem } from './problem.tsx';

interface Properties<Answer> {
  readonly of: UseQueryResult<Answer, LedgeProblem>;
  readonly children: (answer: Answer) => ReactNode;
}

/** Data that was answered stays while the server does not answer: the head of the console says how old it is. */
export function Loaded<Answer>({ of: { data, error }, children }: Properties<Answer>) {
  const isRefused = error !== null && error.problem.status !== 0;
  return (
    <>
      {error && (isRefused || data === undefined) && <Problem error={error} />}
      {data === undefined && !error && <p className="quiet">Loading …</p>}
      {data !== undefined && !isRefused && children(data)}
    </>
  );
}
