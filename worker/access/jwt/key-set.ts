/** The public keys of an issuer. Each is imported once in an isolate, which costs more than to verify a signature. */
import type { CryptoKey } from 'jose';
import * as z from 'zod';
import type { Jose } from '../../runtime/issuer.ts';

/** What verifies signatures. A key with its private half is one that was published by mistake. */
const publicKey = z.object({
  kid: z.string().min(1),
  kty: z.enum(['RSA', 'EC', 'OKP']),
  d: z.never().exactOptional(),
  alg: z.string().exactOptional(),
  use: z.literal('sig').exactOptional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .exactOptional(),
  ...{
    crv: z.string().exactOptional(),
    x: z.string().exactOptional(),
    y: z.string().exactOptional(),
  },
  ...{ n: z.string().exactOptional(), e: z.string().exactOptional() },
});

type PublicKey = z.infer<typeof publicKey>;

const published = z.object({ keys: z.array(z.unknown()) });
const stored = z.array(publicKey);

/** Of what an issuer published, those keys that can verify a signature; undefined where it is no key set. */
export function keySetText(value: unknown): string | undefined {
  const { data } = published.safeParse(value);
  if (!data) return undefined;
  return JSON.stringify(data.keys.flatMap((key) => publicKey.safeParse(key).data ?? []));
}

export class KeySet {
  readonly text: string;
  readonly #jose: Jose;
  readonly #keys: readonly PublicKey[];
  // Keys and no promises: one request cannot wait for what another one has begun.
  readonly #imported = new Map<string, CryptoKey>();

  constructor(text: string, jose: Jose) {
    this.text = text;
    this.#jose = jose;
    this.#keys = stored.parse(JSON.parse(text));
  }

  has(kid: string): boolean {
    return this.#keys.some((key) => key.kid === kid);
  }

  /** Undefined where no key, or more than one, has that id and is of that algorithm. */
  async key(kid: string, algorithm: string): Promise<CryptoKey | undefined> {
    const name = JSON.stringify([kid, algorithm]);
    const imported = this.#imported.get(name) ?? (await this.#import(kid, algorithm));
    if (imported) this.#imported.set(name, imported);
    return imported;
  }

  async #import(kid: string, algorithm: string): Promise<CryptoKey | undefined> {
    const [key, ...others] = this.#keys.filter(
      (one) =>
        one.kid === kid && one.kty === typeOf(algorithm) && (one.alg ?? algorithm) === algorithm,
    );
    if (!key || others.length > 0) return undefined;
    try {
      const imported = await this.#jose.importJWK(key, algorithm);
      return imported instanceof Uint8Array ? undefined : imported;
    } catch {
      return undefined;
    }
  }
}

function typeOf(algorithm: string): PublicKey['kty'] {
  if (algorithm.startsWith('ES')) return 'EC';
  return algorithm.startsWith('Ed') ? 'OKP' : 'RSA';
}
