/** The outcomes of the commands that one component sends. Made by `useCommand`. */
import type { Outcome } from '../app-types.ts';
import { LedgeProblem } from '../problem.ts';
import { type Store, watchedStore } from './store.ts';

/** The state of the last command that a component has sent. */
export interface CommandState<Answer> {
  /** True until every sent command has an outcome, has failed, or was aborted. */
  readonly isPending: boolean;
  /** The last outcome. */
  readonly outcome: Answer | undefined;
  /** The problem of the last command, if it has no outcome. */
  readonly problem: LedgeProblem | undefined;
}

type AnyOutcome = Outcome<unknown, string>;

export interface CommandStore extends Store<CommandState<AnyOutcome>> {
  /** Undefined when the outcome is unknown, with the reason in `problem`; rejects when the command was aborted. */
  settle(sending: Promise<AnyOutcome>): Promise<AnyOutcome | undefined>;
}

const nothingSent = { isPending: false, outcome: undefined, problem: undefined };

export function commandStore(): CommandStore {
  const { set, ...store } = watchedStore<CommandState<AnyOutcome>>(nothingSent, () => () => {});
  let underWay = 0;

  function end(ending: Partial<CommandState<AnyOutcome>>): void {
    underWay--;
    set(() => ({ ...nothingSent, ...ending, isPending: underWay > 0 }));
  }

  return {
    ...store,
    settle: async (sending) => {
      underWay++;
      set(() => ({ ...nothingSent, isPending: true }));
      try {
        const outcome = await sending;
        end({ outcome });
        return outcome;
      } catch (error) {
        if (!(error instanceof LedgeProblem)) {
          end({});
          throw error;
        }
        end({ problem: error });
        return undefined;
      }
    },
  };
}
