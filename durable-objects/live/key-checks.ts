/**
 * What is known of the API keys that opened the sockets of one Live object. A key is read once for all of its sockets,
 * and only when a frame is to be sent: while nothing changes, nothing is read.
 */
import {
  type KeyReference,
  type KeyValidity,
  type ReadKey,
  referenceName,
} from '../../core/access/key-reference.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import { withDeadline } from '../with-deadline.ts';

/** Ours, as for requests: how long a revoked key still has an effect. */
export const KNOWN_MS = 10_000;

/** Ours, of some 200 bytes each. The one that was read first makes room. */
const KNOWN_MAX = 10_000;

/** Ours: frames wait for the answer. */
export const WITHIN_MS = 5_000;

interface KnownKey {
  readonly readAtMs: number;
  readonly validity: KeyValidity;
}

export interface KeyCheckSetting {
  readonly nowMs: () => number;
  readonly read: (key: KeyReference) => Promise<KeyValidity>;
}

export class KeyChecks {
  readonly #setting: KeyCheckSetting;
  readonly #known = new BoundedMap<string, KnownKey>(KNOWN_MAX);
  readonly #reading = new Map<string, Promise<KeyValidity>>();

  constructor(setting: KeyCheckSetting) {
    this.#setting = setting;
  }

  /** The Worker has read the key, and let its bearer in. */
  learn(key: ReadKey): void {
    const known = this.#known.get(referenceName(key));
    if (known && known.readAtMs >= key.readAtMs) return;
    const endsAtMs = key.endsAtMs ?? Number.POSITIVE_INFINITY;
    this.#keep(key, key.readAtMs, { endsAtMs, isRevoked: false });
  }

  /** Undefined where the key was not read within the last ten seconds; a clock that went back makes a read old. */
  recent(key: KeyReference): KeyValidity | undefined {
    const known = this.#known.get(referenceName(key));
    const isRecent = known && Math.abs(this.#setting.nowMs() - known.readAtMs) < KNOWN_MS;
    return isRecent ? known.validity : undefined;
  }

  /** The next read is a new one, also where one is under way: the key may have changed since that began. */
  forget(key: KeyReference): void {
    this.#known.delete(referenceName(key));
    this.#reading.delete(referenceName(key));
  }

  /** @throws where the key's object does not answer */
  read(key: KeyReference): Promise<KeyValidity> {
    const name = referenceName(key);
    return this.#reading.get(name) ?? this.#begin(key, name);
  }

  #begin(key: KeyReference, name: string): Promise<KeyValidity> {
    const readAtMs = this.#setting.nowMs();
    const reading = this.#setting.read(key);
    const begun = withDeadline(reading, WITHIN_MS, 'The key’s object does not answer.');
    this.#reading.set(name, begun);
    const ended = (validity?: KeyValidity) => {
      if (this.#reading.get(name) !== begun) return;
      this.#reading.delete(name);
      if (validity) this.#keep(key, readAtMs, validity);
    };
    void begun.then(ended, () => ended());
    return begun;
  }

  #keep(key: KeyReference, readAtMs: number, validity: KeyValidity): void {
    this.#known.put(referenceName(key), { readAtMs, validity });
  }
}
