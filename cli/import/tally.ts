/** The number of lines by result. `replayed` lines are accepted ones that an earlier attempt had executed. */
import * as z from 'zod';

export const tallySchema = z.strictObject({
  accepted: z.int().min(0),
  replayed: z.int().min(0),
  rejected: z.int().min(0),
  failed: z.int().min(0),
});

/** The number of lines by what became of them. */
export type Tally = Readonly<z.output<typeof tallySchema>>;
/** What can become of a line. */
export type ResultKind = keyof Tally;

export const NOTHING: Tally = { accepted: 0, replayed: 0, rejected: 0, failed: 0 };

export function count(tally: Tally, result: ResultKind): Tally {
  const counted = { ...tally, [result]: tally[result] + 1 };
  return result === 'replayed' ? { ...counted, accepted: tally.accepted + 1 } : counted;
}
