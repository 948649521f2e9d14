/** The parameters of a publication's feed. */
import * as z from 'zod';
import { LIST_RULE } from '../../../core/projection/list-text.ts';
import { listOf, wholeNumber } from '../../http/query-parameters.ts';
import { feedPosition, feedWait, hasItems, NAMES_MAX, NO_NAME } from './events.ts';

/** `types`: those of its events; a document of an app that publishes nothing has none. */
export function publicationInput(types: readonly string[]) {
  const type = types.length > 0 ? z.enum([...types]) : z.string();
  return z.strictObject({
    after: feedPosition,
    limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
    type: listOf(type, NAMES_MAX)
      .refine(hasItems, NO_NAME)
      .describe(`Types of public events. ${LIST_RULE}`)
      .exactOptional(),
    wait: feedWait,
  });
}
