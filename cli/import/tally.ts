/** How many lines met which fate. `replayed` ones are accepted ones that an earlier attempt had carried out. */
import * as z from 'zod';

export const tallySchema = z.strictObject({
  accepted: z.int().min(0),
  replayed: z.int().min(0),
  rejected: z.int().min(0),
  failed: z.int().min(0),
});

export type Tally = Readonly<z.output<typeof tallySchema>>;
export type Fate = keyof Tally;

export const NOTHING: Tally = { accepted: 0, replayed: 0, rejected: 0, failed: 0 };

export function count(tally: Tally, fate: Fate): Tally {
  const counted = { ...tally, [fate]: tally[fate] + 1 };
  return fate === 'replayed' ? { ...counted, accepted: tally.accepted + 1 } : counted;
}
