/** What an event of 100 bytes takes up in its object, with all that is kept beside it. */
import * as z from 'zod';
import { arrivalOf } from '../arrival.ts';
import type { Contender } from '../figures.ts';
import { BATCH_LINES_MAX } from '../requests.ts';
import type { Side } from '../sides.ts';
import type { Fill } from './fill.ts';

/** Enough for half-empty pages not to count. */
const EVENTS = 2 * BATCH_LINES_MAX;

export function storedBytes(side: Side, fill: Fill): Contender {
  return {
    side,
    measure: async (running) => {
      await fill(running.url, { aggregate: 'book', id: 'b-1' }, EVENTS);
      const response = await fetch(`${running.url}/bytes/book/b-1`);
      const bytes = z.int().parse(await response.json());
      return { value: bytes / EVENTS, failed: 0, ...(await arrivalOf(running, EVENTS)) };
    },
  };
}
