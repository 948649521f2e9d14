/** A message of an inbound as a dead letter: recorded where it fails, resolved where it is redriven. */
import { errorText, stackText } from '../../core/failures/error-text.ts';
import { type Inbound, inboundGeneration } from '../../core/inbound/inbound.ts';
import { hasPersonalData } from '../../core/personal-data.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { DefiniteFailure } from '../reactions/outcome-class.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { errorOrigin } from '../runtime/error-origin.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { messageDigest } from './handle-message.ts';
import { keptMessage } from './kept-message.ts';

export interface MessageStore {
  readonly machinery: Machinery;
  readonly env: LedgeEnv;
  readonly tenant: string;
  readonly database: D1Database;
}

/** A message that comes again is the same dead letter; one that an operator has discarded stays discarded. */
const PARK = `
  INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
    parked_at)
  VALUES (?1, ?2, ?3, '', 0, '', ?4, ?5, ?6, 1, 'parked', ?7)
  ON CONFLICT (tenant, id) DO UPDATE SET event = excluded.event, error = excluded.error, stack = excluded.stack,
    status = 'parked', attempts = attempts + 1, parked_at = excluded.parked_at, resolved_at = NULL
  WHERE dead_letter.status <> 'discarded'`;

/** The id of the dead letter. `message`: as it was sent. */
export async function parkMessage(
  { machinery, env, tenant, database }: MessageStore,
  inbound: Inbound,
  { message, read }: { readonly message: unknown; readonly read: unknown },
  error: unknown,
): Promise<string> {
  const { app, platform } = machinery;
  const generation = inboundGeneration(inbound.name);
  const id = `${generation}/${identityOf(inbound, message, read)}`;
  const kept = await keptMessage({ app, env }, { tenant, id }, message);
  const { name } = inbound;
  platform.log('error', { operation: 'inbound', tenant, inbound: name, outcome: 'parked', error });
  const failure = failureTexts(machinery, error);
  const now = new Date(platform.nowMs()).toISOString();
  await database
    .prepare(PARK)
    .bind(tenant, id, generation, JSON.stringify(kept), failure.error, failure.stack, now)
    .run();
  return id;
}

/** By its content where it is the key that cannot be found. */
function identityOf(inbound: Inbound, message: unknown, read: unknown): string {
  try {
    return messageDigest(inbound.key(read));
  } catch {
    return messageDigest(canonicalJson(message));
  }
}

export interface FailureTexts {
  readonly error: string;
  readonly stack: string;
}

/** A mapping is given plain personal data, and may quote it: then its error is known by its name and its places. */
export function failureTexts({ app }: Pick<Machinery, 'app'>, error: unknown): FailureTexts {
  if (!hasPersonalData(app) || error instanceof DefiniteFailure) {
    return { error: errorText(error), stack: stackText(error) };
  }
  const { error: name, at } = errorOrigin(error);
  return { error: name, stack: at.join('\n') };
}
