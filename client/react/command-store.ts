/** What became of the commands that one component sends. Made by `useCommand`. */
import type { Outcome } from '../app-types.ts';
import { LedgeProblem } from '../problem.ts';
import { type Store, watchedStore } from './store.ts';

export interface CommandState<Answer> {
  /** Until every command that was sent is answered, has failed, or was given up. */
  readonly isPending: boolean;
  /** Of the last command that was answered. */
  readonly outcome: Answer | undefined;
  /** Why the last command was not. */
  readonly problem: LedgeProblem | undefined;
}

type AnyOutcome = Outcome<unknown, string>;

export interface CommandStore extends Store<CommandState<AnyOutcome>> {
  /** Undefined when the outcome is not known, which `problem` then explains; rejects when the command was given up. */
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
