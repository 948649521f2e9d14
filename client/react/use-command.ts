/** `useCommand`: sends an aggregate's commands, and says what they will most likely make of it meanwhile. */
import { useCallback, useState } from 'react';
import type { Aggregate } from '../../core/aggregate.ts';
import type { Outcome } from '../app-types.ts';
import type { PlainClient } from '../client.ts';
import { expectedState } from '../optimism.ts';
import { LedgeProblem } from '../problem.ts';
import type { CommandOptions } from '../send-command.ts';
import { useLedge } from './context.ts';
import type { Expectations } from './expectations.ts';

export interface CommandState<Answer> {
  readonly isPending: boolean;
  /** Of the last command that was answered. */
  readonly outcome: Answer | undefined;
  /** Why the last command was not. */
  readonly problem: LedgeProblem | undefined;
}

type AnyOutcome = Outcome<unknown, string>;

const nothingSent: CommandState<AnyOutcome> = {
  isPending: false,
  outcome: undefined,
  problem: undefined,
};

/** With the aggregate's definition and the state that it is in, what is expected of a command is shown at once. */
export function useCommand(aggregate: Aggregate | string, id: string, state?: unknown) {
  const { client, expectations } = useLedge();
  const [sent, setSent] = useState(nothingSent);
  const send = useCallback(
    async (command: string, data: unknown = {}, options: CommandOptions = {}) => {
      setSent({ ...nothingSent, isPending: true });
      const name = typeof aggregate === 'string' ? aggregate : aggregate.name;
      const sending = client.aggregate(name, id).send(command, data, options);
      if (typeof aggregate !== 'string') {
        announce(expectations, aggregate, id, [command, data, state], sending);
      }
      const answered = await answer(sending);
      setSent({ ...nothingSent, ...answered });
      return answered.outcome;
    },
    [client, expectations, aggregate, id, state],
  );
  return { ...sent, send };
}

function announce(
  expectations: Expectations,
  aggregate: Aggregate,
  id: string,
  [command, data, known]: readonly [string, unknown, unknown],
  sending: Promise<AnyOutcome>,
): void {
  const state = known === undefined ? aggregate.initialState() : known;
  const expected = expectedState(aggregate, command, data, state, contextOf(id));
  if (expected === undefined) return;
  const settled = sending.then(
    (outcome) => (outcome.outcome === 'accepted' ? outcome.token : undefined),
    () => undefined,
  );
  expectations.announce({ aggregate: aggregate.name, id, state: expected }, settled);
}

/** What can be known here of what the server will know. */
function contextOf(id: string) {
  const now = new Date().toISOString();
  const newId = () => crypto.randomUUID();
  return { tenant: '', id, version: 0, actor: '', now, occurredAt: now, newId };
}

async function answer(sending: ReturnType<ReturnType<PlainClient['aggregate']>['send']>) {
  try {
    return { outcome: await sending };
  } catch (problem) {
    if (problem instanceof LedgeProblem) return { problem };
    throw problem;
  }
}
