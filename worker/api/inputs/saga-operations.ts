/** What an operator can do with a saga. */
import * as z from 'zod';

const reason = z.string().min(1).max(1_000);
const onEffect = z.strictObject({ effect: z.string().min(1).max(256), reason });

/** In words for the API's description, and as the command that it becomes. */
export interface SagaOperation {
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType<{ readonly reason: string; readonly effect?: string }>;
  readonly command: string;
}

export const sagaOperations: Readonly<Record<string, SagaOperation>> = {
  retry: {
    summary: 'Send a command again that needs attention',
    description:
      'Once, at once. After a rejection as a new attempt; a command without a recorded outcome keeps its key, so that it cannot be executed twice.',
    input: onEffect,
    command: 'RetryEffect',
  },
  skip: {
    summary: 'Go on without a command',
    description: 'As if it had never been wanted: nothing of it is taken back later.',
    input: onEffect,
    command: 'SkipEffect',
  },
  resolve: {
    summary: 'Go on as if a command had been accepted',
    description: 'For what was put right by hand.',
    input: onEffect,
    command: 'ResolveEffect',
  },
  cancel: {
    summary: 'Cancel',
    description: 'Takes back what was done, as far as the saga has a way back.',
    input: z.strictObject({ reason }),
    command: 'Cancel',
  },
};
