/** The parameters of the journal's feed. */
import * as z from 'zod';
import { parseStreamName } from '../../../core/aggregate/stream.ts';
import { type App, findAggregate } from '../../../core/app.ts';
import { LIST_RULE } from '../../../core/projection/list-text.ts';
import { listOf, wholeNumber } from '../../http/query-parameters.ts';
import { SHOWN_POSITION } from '../../http/shown-positions.ts';

export const NAMES_MAX = 100;
export const NO_NAME = 'Send at least one name, or leave this parameter out.';

export function hasItems(list: readonly unknown[]): boolean {
  return list.length > 0;
}

export const feedPosition = z
  .string()
  .regex(SHOWN_POSITION, 'Send a position as it was answered.')
  .describe('A position as it was answered; exclusive. Left out: from the beginning.')
  .exactOptional();

export const feedWait = wholeNumber({ min: 0, max: 30, default: 0 }).describe(
  'How many seconds to wait for an event when there is none yet.',
);

/** A name that the app does not have would never match: that is a mistake, and refused. */
export function feedInput(app: App) {
  const aggregates = app.aggregates.map(({ name }) => name);
  const types = new Set(app.aggregates.flatMap(({ events }) => Object.keys(events)));
  return z.strictObject({
    after: feedPosition,
    limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
    type: listOf(z.enum([...types]), NAMES_MAX)
      .refine(hasItems, NO_NAME)
      .describe(`Event types. ${LIST_RULE}`)
      .exactOptional(),
    aggregate: listOf(z.enum(aggregates), NAMES_MAX)
      .refine(hasItems, NO_NAME)
      .describe(`Aggregate types. ${LIST_RULE}`)
      .exactOptional(),
    stream: z
      .string()
      .refine((stream) => isStream(app, stream), 'Send a stream like order/o-1.')
      .describe('One stream, like order/o-1.')
      .exactOptional(),
    wait: feedWait,
  });
}

function isStream(app: App, text: string): boolean {
  const stream = parseStreamName(text);
  return stream !== undefined && findAggregate(app, stream.aggregate) !== undefined;
}
