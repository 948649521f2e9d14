/**
 * The keys of subjects as an isolate has them, for a minute: then it reads the copies of D1, and asks the object of a
 * subject whose copy is missing. So a forgotten subject is readable nowhere a minute after D1 has its forgetting.
 */
import type { Failure } from '../../core/aggregate/outcome.ts';
import { isIdentifier, streamName } from '../../core/aggregate/stream.ts';
import { isPassing, platformErrorKind } from '../../core/failures/platform-error.ts';
import { UnreadSubjectKey } from '../../core/failures/unread-subject-key.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import type { Databases } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery, MachineryPlatform } from '../runtime/machinery.ts';
import { aggregateStub } from '../runtime/object-stubs.ts';
import { type KeyCopy, readCopies, type WrittenCopy, writeCopies } from './key-copies.ts';
import { requirePersonalKey } from './require-personal-key.ts';
import {
  type ReadCopy,
  readSubjects,
  type StorableKeys,
  type TenantKeyName,
} from './storable-keys.ts';
import { readSubjectKey, registeredSubjectKey, subjectAddress } from './subject-object.ts';
import {
  isWrappedByCurrent,
  type SubjectKey,
  type SubjectKeyName,
  unwrappedKey,
} from './wrapped-key.ts';

export type { SubjectKey, SubjectKeyName } from './wrapped-key.ts';

/** Ours: so long a key is used after D1 or its object has answered it. */
export const SUBJECT_KEY_KEPT_MS = 60_000;

/** Ours, of some 500 bytes each. The one that was read first makes room. */
const KEPT_MAX = 1_000;

/** Ours: each costs a request to its object. */
const OBJECTS_AT_ONCE = 50;

/** The newest key of a subject. */
type KnownKey = SubjectKey | (Pick<SubjectKey, 'incarnation'> & { readonly key: null });

interface KeptKey {
  readonly readAtMs: number;
  readonly known: KnownKey;
}

/** Ours: by then a healthy object is as far as the database, and a restored one has taken its events back. */
const outdated: Failure = {
  outcome: 'unavailable',
  detail: 'The subject was changed at this moment, or its object was restored. Nothing was stored.',
  retryAfterSeconds: 2,
};

/** What a subject may be called: it is the id of a stream. */
export function isSubject(text: string): boolean {
  return isIdentifier(text);
}

/** By which `forOpening` answers a key. */
export function subjectKeyName({ subject, incarnation }: SubjectKeyName): string {
  return `${subject}.${incarnation}`;
}

/** Another secret may have wrapped it: then its object wraps its key again. */
function isUsable(env: LedgeEnv, { wrapped }: KeyCopy): boolean {
  return wrapped === null || isWrappedByCurrent(env, wrapped);
}

export type KeysMachinery = Pick<Machinery, 'platform' | 'databases'>;

/** One for each platform: the routes and the reactors of an isolate share what they know. */
const perPlatform = new WeakMap<MachineryPlatform, SubjectKeys>();

export class SubjectKeys {
  readonly #kept = new BoundedMap<string, KeptKey>(KEPT_MAX);
  readonly #platform: MachineryPlatform;
  readonly #databases: Databases;

  private constructor({ platform, databases }: KeysMachinery) {
    this.#platform = platform;
    this.#databases = databases;
  }

  static of(machinery: KeysMachinery): SubjectKeys {
    const keys = perPlatform.get(machinery.platform) ?? new SubjectKeys(machinery);
    perPlatform.set(machinery.platform, keys);
    return keys;
  }

  /**
   * The key that seals the fields of a subject, made where it has none yet. The caller has asked `isSubject`, and
   * `personalSecrets`.
   *
   * @throws where neither D1 nor the subject's object answers
   */
  async forSealing(
    env: LedgeEnv,
    tenant: string,
    subject: string,
  ): Promise<SubjectKey | 'forgotten' | Failure> {
    const kept = this.#find(tenant, subject);
    if (kept) return kept.key ? kept : 'forgotten';
    const copy = (await this.#readCopies(env, tenant, [subject])).get(subject);
    // A copy says nothing of a subject that was authorized since it was forgotten.
    const known = copy?.key ? copy : await this.#register(env, tenant, subject);
    if ('outcome' in known) return known;
    return known.key ? known : 'forgotten';
  }

  /**
   * The keys that open fields, by `subjectKeyName`; a name that is missing is forgotten. One statement of D1 for all that
   * the isolate does not know.
   *
   * @throws where neither D1 nor the subject's object answers
   */
  async forOpening(
    env: LedgeEnv,
    tenant: string,
    wanted: readonly SubjectKeyName[],
  ): Promise<ReadonlyMap<string, SubjectKey>> {
    const known = new Map<string, KnownKey>();
    const unknown = new Set<string>();
    for (const { subject, incarnation } of wanted) {
      const kept = this.#find(tenant, subject);
      // The wanted one may be newer: another isolate has made it since.
      if (kept && kept.incarnation >= incarnation) known.set(subject, kept);
      else unknown.add(subject);
    }
    if (unknown.size > 0) {
      for (const one of await this.#readCopies(env, tenant, [...unknown])) known.set(...one);
      const missing = wanted.filter(
        ({ subject, incarnation }) => (known.get(subject)?.incarnation ?? 0) < incarnation,
      );
      const subjects = [...new Set(missing.map(({ subject }) => subject))];
      for (const one of await this.#askObjects(env, tenant, subjects)) known.set(...one);
    }
    return new Map(
      wanted.flatMap((name) => {
        const key = known.get(name.subject);
        return key?.key && key.incarnation === name.incarnation
          ? [[subjectKeyName(name), key]]
          : [];
      }),
    );
  }

  /**
   * The keys that open fields for rows of the database that are stored plain. One statement for all, and a request to the
   * object of each subject that the database has no copy of. The keys that the isolate has kept are not used.
   *
   * @throws D1's errors, MissingPersonalKey, and UnreadSubjectKey where a key is neither read nor forgotten
   */
  async forStoring(
    env: LedgeEnv,
    database: D1Database,
    wanted: readonly TenantKeyName[],
  ): Promise<StorableKeys> {
    requirePersonalKey(env);
    const subjects = await readSubjects(database, wanted);
    const keys = new Map<string, SubjectKey>();
    for (const [tenant, own] of Map.groupBy(wanted, (one) => one.tenant)) {
      const read = subjects.filter((one) => one.tenant === tenant);
      const known = await this.#storable(env, tenant, own, read);
      for (const name of own) {
        const key = known.get(name.subject);
        if (!key || key.incarnation < name.incarnation) throw new UnreadSubjectKey();
        const isOpen = key.key && key.incarnation === name.incarnation;
        if (isOpen) keys.set(`${tenant}/${subjectKeyName(name)}`, key);
      }
    }
    return { keys, subjects };
  }

  /** Of the copies that were read, and of the objects of the others. */
  async #storable(
    env: LedgeEnv,
    tenant: string,
    wanted: readonly SubjectKeyName[],
    read: readonly ReadCopy[],
  ): Promise<Map<string, KnownKey>> {
    const copies = read.flatMap(({ copy }) => (copy && isUsable(env, copy) ? [copy] : []));
    const copied = new Map(copies.map(({ subject, incarnation }) => [subject, incarnation]));
    const missing = wanted.filter(
      ({ subject, incarnation }) => (copied.get(subject) ?? 0) < incarnation,
    );
    const subjects = [...new Set(missing.map(({ subject }) => subject))];
    const versions = new Map(read.map(({ subject, version }) => [subject, version]));
    const answered = await this.#readObjects(env, tenant, subjects);
    // A second key is used once the database has the forgetting of the first, which makes its rows null.
    const usable = answered.filter(
      ({ subject, incarnation, version }) => incarnation === 1 || versions.get(subject) === version,
    );
    return this.#keepAll(env, tenant, [...copies, ...usable]);
  }

  /** What this isolate knows of a subject is outdated. */
  forget(tenant: string, subject: string): void {
    this.#kept.delete(`${tenant}/${subject}`);
  }

  /** A copy that another secret has wrapped is left to the object, which wraps its key again. */
  async #readCopies(
    env: LedgeEnv,
    tenant: string,
    subjects: readonly string[],
  ): Promise<Map<string, KnownKey>> {
    const copies = await this.#copiesOf(env, tenant, subjects);
    const usable = copies.filter((copy) => isUsable(env, copy));
    return this.#keepAll(env, tenant, usable);
  }

  async #copiesOf(
    env: LedgeEnv,
    tenant: string,
    subjects: readonly string[],
  ): Promise<readonly KeyCopy[]> {
    try {
      const { database } = await this.#databases.of(env, tenant);
      return await readCopies(database, tenant, subjects);
    } catch (error) {
      // The objects have what D1 cannot answer.
      this.#platform.log('warn', { operation: 'subject-keys', tenant, error });
      return [];
    }
  }

  /** What is not answered is left out, unless the platform is in trouble: a field that cannot be opened fails no list. */
  async #askObjects(
    env: LedgeEnv,
    tenant: string,
    subjects: readonly string[],
  ): Promise<Map<string, KnownKey>> {
    return this.#keepAll(env, tenant, await this.#readObjects(env, tenant, subjects));
  }

  async #readObjects(
    env: LedgeEnv,
    tenant: string,
    subjects: readonly string[],
  ): Promise<readonly WrittenCopy[]> {
    const copies: WrittenCopy[] = [];
    for (let at = 0; at < subjects.length; at += OBJECTS_AT_ONCE) {
      const some = subjects.slice(at, at + OBJECTS_AT_ONCE);
      const found = await Promise.all(some.map((subject) => this.#ask(env, tenant, subject)));
      copies.push(...found.filter((one) => one !== undefined));
    }
    return this.#confirmed(env, tenant, copies);
  }

  async #ask(env: LedgeEnv, tenant: string, subject: string): Promise<WrittenCopy | undefined> {
    try {
      const stored = await readSubjectKey(env, subjectAddress(tenant, subject));
      return stored && !('outcome' in stored) ? { subject, ...stored } : undefined;
    } catch (error) {
      const stream = streamName(subjectAddress(tenant, subject));
      this.#platform.log('error', { operation: 'subject-keys', tenant, stream, error });
      if (isPassing(platformErrorKind(error))) throw error;
      return undefined;
    }
  }

  async #register(env: LedgeEnv, tenant: string, subject: string): Promise<KnownKey | Failure> {
    const stored = await registeredSubjectKey(env, subjectAddress(tenant, subject));
    if ('outcome' in stored) return stored;
    const [copy] = await this.#confirmed(env, tenant, [{ subject, ...stored }]);
    return copy ? this.#keep(env, tenant, copy) : outdated;
  }

  /**
   * The answers of objects that the database does not contradict, which are copied to it. An object that has less than
   * the journal may have a key that was destroyed: it takes its events back before its key is used.
   */
  async #confirmed(
    env: LedgeEnv,
    tenant: string,
    copies: readonly WrittenCopy[],
  ): Promise<readonly WrittenCopy[]> {
    const ahead = await this.#writeCopies(env, tenant, copies);
    await Promise.all(
      Array.from(ahead, ([subject, version]) => this.#beginRecovery(env, tenant, subject, version)),
    );
    return copies.filter(({ subject }) => !ahead.has(subject));
  }

  /** Where it fails, the next isolate asks the object again. */
  async #writeCopies(
    env: LedgeEnv,
    tenant: string,
    copies: readonly WrittenCopy[],
  ): Promise<ReadonlyMap<string, number>> {
    try {
      const { database } = await this.#databases.of(env, tenant);
      return await writeCopies(database, tenant, copies);
    } catch (error) {
      this.#platform.log('warn', { operation: 'subject-keys', tenant, error });
      return new Map();
    }
  }

  /** The confirmation of events that an object does not have begins its recovery. */
  async #beginRecovery(
    env: LedgeEnv,
    tenant: string,
    subject: string,
    version: number,
  ): Promise<void> {
    const address = subjectAddress(tenant, subject);
    try {
      await aggregateStub(env, address).confirm(version);
    } catch (error) {
      const stream = streamName(address);
      this.#platform.log('warn', { operation: 'subject-keys', tenant, stream, error });
    }
  }

  async #keepAll(
    env: LedgeEnv,
    tenant: string,
    copies: readonly KeyCopy[],
  ): Promise<Map<string, KnownKey>> {
    const keys = copies.map(async (copy) => {
      const known = await this.#keep(env, tenant, copy);
      return [copy.subject, known] as const;
    });
    return new Map(await Promise.all(keys));
  }

  async #keep(
    env: LedgeEnv,
    tenant: string,
    { subject, incarnation, wrapped }: KeyCopy,
  ): Promise<KnownKey> {
    const readAtMs = this.#platform.nowMs();
    const known =
      wrapped === null
        ? ({ incarnation, key: null } as const)
        : await unwrappedKey(env, tenant, { incarnation, wrapped });
    this.#kept.put(`${tenant}/${subject}`, { readAtMs, known });
    return known;
  }

  #find(tenant: string, subject: string): KnownKey | undefined {
    const kept = this.#kept.get(`${tenant}/${subject}`);
    const isFresh = kept && Math.abs(this.#platform.nowMs() - kept.readAtMs) < SUBJECT_KEY_KEPT_MS;
    return isFresh ? kept.known : undefined;
  }
}
