/**
 * The id of a key that is issued under an idempotency key. The stream that lists all keys keeps the outcome, with the id that the
 * first request chose: a repeat finds it there, and no second key can be issued.
 */
import { listedKey } from '../../core/access/key-list.ts';
import type { Outcome } from '../../core/aggregate/outcome.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { hashOf } from '../access/issue-key.ts';
import type { Caller } from '../http/authenticate-caller.ts';

export interface ListingCommand {
  readonly fingerprint: string;
  readonly idempotencyKey: string;
}

/** A caller's keys are its own: those of another one lead to none of its results. */
export function listingUnder(
  { tenant, actor }: Caller,
  idempotencyKey: string,
  input: object,
): ListingCommand {
  return {
    fingerprint: hashOf(canonicalJson(input)),
    idempotencyKey: `issue:${hashOf(JSON.stringify([tenant, actor, idempotencyKey]))}`,
  };
}

/** The id that was listed first; undefined where the outcome shows none. */
export function listedIn(outcome: Outcome | undefined): string | undefined {
  if (outcome?.outcome !== 'accepted') return undefined;
  return listedKey.safeParse(outcome.events[0]?.data).data?.key;
}
