/** What is done with a subject: in words for the API's description, and as the command that it becomes. */
import * as z from 'zod';
import type { SubjectCommand } from '../../../core/personal/subject.ts';

export interface SubjectOperation {
  readonly summary: string;
  readonly description: string;
  readonly command: SubjectCommand;
}

export const subjectOperationInput = z.strictObject({ reason: z.string().min(1).max(1_000) });

/** `cursor`: of the page before. */
export const exportSubjectInput = subjectOperationInput.extend({
  cursor: z.string().max(10_000).exactOptional(),
});

/** A receipt has some 2,000 characters. */
export const verifyReceiptInput = z.strictObject({ receipt: z.string().min(1).max(20_000) });

export const subjectOperations = {
  forget: {
    summary: 'Forget a subject',
    description:
      'Destroys the key of its personal fields: what is sealed with it is `null` for every reader, everywhere, after a minute. It cannot be undone. A repeat changes nothing.',
    command: 'ForgetSubject',
  },
  hold: {
    summary: 'Hold a subject',
    description: 'A legal hold: until it is released, forgetting is refused as `subject-held`.',
    command: 'HoldSubject',
  },
  release: {
    summary: 'Release a subject',
    description: 'Ends its legal hold.',
    command: 'ReleaseSubject',
  },
  authorize: {
    summary: 'Authorize a forgotten subject again',
    description:
      'It gets another key, for what is sealed from now on; what was forgotten stays so. Never happens by itself.',
    command: 'AuthorizeSubject',
  },
} as const satisfies Readonly<Record<string, SubjectOperation>>;
