/** `useCommand`: sends an aggregate's commands, and publishes their expected effects meanwhile. */
import { useCallback, useState, useSyncExternalStore } from 'react';
import type { Aggregate } from '../../core/aggregate/aggregate.ts';
import type { Outcome } from '../app-types.ts';
import { newKey } from '../new-key.ts';
import { expectedState } from '../optimism.ts';
import type { CommandOptions } from '../send-command.ts';
import { commandStore } from './command-store.ts';
import { useLedge } from './context.ts';
import type { Expectations } from './expectations.ts';

type AnyOutcome = Outcome<unknown, string>;

/** With the aggregate's definition and state, the expected effect of a command is shown at once. */
export function useCommand(aggregate: Aggregate | string, id: string, state?: unknown) {
  const { client, expectations } = useLedge();
  const [store] = useState(commandStore);
  const sent = useSyncExternalStore(store.subscribe, store.get, store.get);
  const send = useCallback(
    async (command: string, data: unknown = {}, options: CommandOptions = {}) => {
      const name = typeof aggregate === 'string' ? aggregate : aggregate.name;
      const sending = client.aggregate(name, id).send(command, data, options);
      if (typeof aggregate !== 'string') {
        announce(expectations, aggregate, id, [command, data, state], sending);
      }
      return store.settle(sending);
    },
    [client, expectations, store, aggregate, id, state],
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

/** The part of the server's context that is known here. */
function contextOf(id: string) {
  const now = new Date().toISOString();
  return { tenant: '', id, version: 0, actor: '', now, occurredAt: now, newId: newKey };
}
