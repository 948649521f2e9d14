/**
 * Access in a history: what each credential lets its bearer see and do, when it was withdrawn, when the tenant was
 * suspended, and the frames of sockets.
 */
import * as z from 'zod';

/** By member, the values that it may have. */
const match = z.union([z.literal('all'), z.record(z.string(), z.array(z.string()))]);

const byName = z.record(z.string(), match);

/** What a credential grants, as data, so that the product's own rules do not judge themselves. */
export const grants = {
  /** By projection: the rows. By aggregate: the states, and the events of streams with such a state. */
  sees: byName,
  /** By aggregate: commands on such a state; where the stream is new, with such data. */
  sends: byName,
  /** The aggregates whose events it sees in the journal. */
  follows: z.array(z.string()),
};

export const credentialWanted = {
  issue: z.strictObject({ kind: z.literal('issue'), credential: z.string(), ...grants }),
  /** `graceMs`: how long it is valid after that. */
  withdraw: z.strictObject({
    kind: z.literal('withdraw'),
    credential: z.string(),
    graceMs: z.int().min(0),
  }),
  /** Of the tenant: `read-only` refuses its commands, `closed` everything. */
  suspend: z.strictObject({
    kind: z.literal('suspend'),
    mode: z.enum(['read-only', 'closed']),
  }),
  resume: z.strictObject({ kind: z.literal('resume') }),
  /** A frame of a live query, which is answered as soon as it arrives. */
  frame: z.strictObject({
    kind: z.literal('frame'),
    projection: z.string(),
    credential: z.string(),
  }),
};

export const frameAnswer = z.object({
  rows: z.array(z.record(z.string(), z.unknown())),
  /** The keys of the rows, and of those that the frame removes. */
  keys: z.array(z.string()),
  removed: z.array(z.string()),
  /** By the clock of the history, when the server sent it. */
  sentAtMs: z.number(),
});

export type Match = z.output<typeof match>;
export type Grants = z.output<z.ZodObject<typeof grants>>;
