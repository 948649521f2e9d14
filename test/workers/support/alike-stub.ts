/** An object all of whose methods answer alike. */
import type { AggregateStub } from '../../../worker/runtime/env.ts';

export function alike(answer: () => Promise<never>): AggregateStub {
  return {
    execute: answer,
    currentState: answer,
    history: answer,
    events: answer,
    eventPage: answer,
    headVersion: answer,
    confirm: answer,
    recover: answer,
    subjectKey: answer,
    countSubjectKeys: answer,
    exportPage: answer,
    restorePage: answer,
    release: answer,
    erase: answer,
    timers: answer,
    operateTimer: answer,
    actions: answer,
    operateAction: answer,
  };
}
