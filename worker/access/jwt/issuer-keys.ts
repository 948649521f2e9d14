/**
 * The keys of the issuers as an isolate knows them: a copy of the row that the cron keeps up to date. An issuer that does
 * not answer changes nothing for a day; a key that it withdrew is gone after a round of the cron and one copy's time.
 */

import { KnownFault } from '../../../core/failures/known-fault.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import {
  ISSUER_COPY_MS,
  type Issuer,
  IssuerKeysUnknown,
  type TokenMachinery,
} from '../../runtime/issuer.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import {
  ASKED_AGAIN_MS,
  claimFetch,
  type IssuerRow,
  readIssuer,
  storeKeySet,
} from './issuer-rows.ts';
import { KeySet } from './key-set.ts';

/** Ours: how long a copy is used on after D1 did not answer. */
const RETRIED_MS = 10_000;

/** Ours: how often the row is read for an answer that another isolate waits for. */
const REREAD_MS = 1_000;

/** `fetchedAtMs` is written once an hour, so it may be that much older than the issuer's last answer. */
export const WRITTEN_EACH_MS = 3_600_000;

interface Copy extends Omit<IssuerRow, 'keySet'> {
  readonly keySet: KeySet;
  readonly readAtMs: number;
  readonly goodForMs: number;
}

/** The rows of the issuers are in the first database, whatever the caller's tenant. */
type KeysMachinery = Pick<TokenMachinery, 'platform' | 'databases'>;

export class IssuerKeys {
  readonly #machinery: KeysMachinery;
  readonly #copies = new Map<string, Copy>();

  constructor(machinery: KeysMachinery) {
    this.#machinery = machinery;
  }

  /** Always the same object while the issuer's keys are the same. @throws IssuerKeysUnknown */
  async current(issuer: Issuer, env: LedgeEnv): Promise<KeySet> {
    const copy = await this.#copy(issuer, env);
    if (!this.#isUsable(issuer, copy)) throw keysUnknown(issuer);
    return copy.keySet;
  }

  /** With the key, where the issuer has it. @throws IssuerKeysUnknown where that cannot be known */
  async withKey(issuer: Issuer, env: LedgeEnv, kid: string): Promise<KeySet> {
    const isKnown = (copy: Copy) => copy.keySet.has(kid) && this.#isUsable(issuer, copy);
    const found = await this.#copy(issuer, env);
    const copy =
      isKnown(found) || !this.#mayBringMore(found) ? found : await this.#ask(issuer, env);
    // An unknown key is not refused for an issuer that could not be asked for it.
    const isUnanswered = !isKnown(copy) && copy.fetchedAtMs < copy.triedAtMs;
    if (isUnanswered || !this.#isUsable(issuer, copy)) throw keysUnknown(issuer);
    return copy.keySet;
  }

  /** In the time after the deployment asked the issuer, only an answer that is still on its way brings more. */
  #mayBringMore({ triedAtMs, fetchedAtMs, readAtMs }: Copy): boolean {
    const nowMs = this.#machinery.platform.nowMs();
    if (Math.abs(nowMs - triedAtMs) >= ASKED_AGAIN_MS) return true;
    return fetchedAtMs < triedAtMs && nowMs - readAtMs >= REREAD_MS;
  }

  async #ask(issuer: Issuer, env: LedgeEnv): Promise<Copy> {
    const { database } = this.#machinery.databases.first(env);
    if (await claimFetch(database, issuer.issuer, this.#machinery.platform.nowMs())) {
      await storeFetched(this.#machinery, env, issuer, () => true);
    }
    return this.#read(issuer, env);
  }

  async #copy(issuer: Issuer, env: LedgeEnv): Promise<Copy> {
    const copy = this.#copies.get(issuer.issuer);
    if (copy && this.#isFresh(copy)) return copy;
    try {
      return await this.#read(issuer, env);
    } catch (error) {
      if (!copy) throw error;
      this.#machinery.platform.log('warn', { operation: 'read-issuer-keys', error });
      return this.#keep(issuer, {
        ...copy,
        readAtMs: this.#machinery.platform.nowMs(),
        goodForMs: RETRIED_MS,
      });
    }
  }

  async #read(issuer: Issuer, env: LedgeEnv): Promise<Copy> {
    const readAtMs = this.#machinery.platform.nowMs();
    const { database } = this.#machinery.databases.first(env);
    const { keySet: text, ...row } = await readIssuer(database, issuer.issuer);
    const before = this.#copies.get(issuer.issuer)?.keySet;
    const keySet = before?.text === text ? before : new KeySet(text, issuer.jose);
    return this.#keep(issuer, { ...row, keySet, readAtMs, goodForMs: ISSUER_COPY_MS });
  }

  #keep({ issuer }: Issuer, copy: Copy): Copy {
    this.#copies.set(issuer, copy);
    return copy;
  }

  /** A clock that went back makes a copy old. */
  #isFresh({ readAtMs, goodForMs }: Copy): boolean {
    return Math.abs(this.#machinery.platform.nowMs() - readAtMs) < goodForMs;
  }

  #isUsable({ keysKeptMs }: Issuer, { fetchedAtMs }: Copy): boolean {
    return this.#machinery.platform.nowMs() - fetchedAtMs < keysKeptMs + WRITTEN_EACH_MS;
  }
}

function keysUnknown({ issuer }: Issuer): IssuerKeysUnknown {
  return new IssuerKeysUnknown(`The keys of ${issuer} could not be read.`);
}

/**
 * Asks the issuer for its keys and stores them where `isDue` says so of what it published. An issuer that does not answer
 * is logged. Returns what it published, or why nothing could be read.
 */
export async function storeFetched(
  { platform, databases }: KeysMachinery,
  env: LedgeEnv,
  issuer: Issuer,
  isDue: (keySet: string, askedAtMs: number) => boolean,
): Promise<{ readonly keySet: string } | { readonly cause: string }> {
  const askedAtMs = platform.nowMs();
  let keySet: string;
  try {
    keySet = await fetchKeySet(platform.fetch, issuer);
  } catch (error) {
    platform.log('warn', { operation: 'fetch-issuer-keys', issuer: issuer.issuer, error });
    return { cause: causeOf(error) };
  }
  if (isDue(keySet, askedAtMs)) {
    await storeKeySet(databases.first(env).database, issuer.issuer, keySet, askedAtMs);
  }
  return { keySet };
}

/** Another message may quote what the issuer answered. */
function causeOf(error: unknown): string {
  return error instanceof KnownFault ? error.message : 'It could not be reached or read.';
}
