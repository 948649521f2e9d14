/** An issuer with real key pairs, and with everything that can be wrong about one. Its network is a function. */
import { exportJWK, type JWK } from 'jose';

/**
 * `lies`: its discovery document names another issuer. `bare`: names keys over http. `huge`: a megabyte. `slow`: the
 * answer ends after its deadline.
 */
export type IssuerFate =
  | 'answers'
  | 'down'
  | 'fails'
  | 'hangs'
  | 'slow'
  | 'lies'
  | 'bare'
  | 'huge'
  | 'redirects'
  | 'prose'
  | 'no-keys';

export type Parts = Readonly<Record<string, unknown>>;

export interface IssuerKey extends CryptoKeyPair {
  readonly kid: string;
  readonly jwk: JWK;
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' };
const RS256 = {
  ...{ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2_048, hash: 'SHA-256' },
  publicExponent: new Uint8Array([1, 0, 1]),
};
const ALGORITHMS = { ES256, ES384: { name: 'ECDSA', namedCurve: 'P-384' }, RS256 };

export type KeyAlgorithm = keyof typeof ALGORITHMS;

export async function newKey(kid: string, alg: KeyAlgorithm = 'ES256'): Promise<IssuerKey> {
  const generated = await crypto.subtle.generateKey(ALGORITHMS[alg], true, ['sign', 'verify']);
  // Of these algorithms both halves are made, which the type cannot tell.
  const { publicKey, privateKey } = generated as CryptoKeyPair;
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { kid, publicKey, privateKey, jwk };
}

/** Any parts, also ones that no library would sign. */
export async function signed(
  key: IssuerKey,
  header: Parts,
  claims: Parts | string,
): Promise<string> {
  const payload = typeof claims === 'string' ? claims : JSON.stringify(claims);
  const text = `${encoded(JSON.stringify(header))}.${encoded(payload)}`;
  const algorithm = { name: key.privateKey.algorithm.name, hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(text);
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, bytes);
  return `${text}.${Buffer.from(signature).toString('base64url')}`;
}

export function encoded(text: string): string {
  return Buffer.from(text).toString('base64url');
}

export class TestIssuer {
  readonly url: string;
  readonly keySetPath: string;
  /** The addresses that were asked for. */
  readonly asked: string[] = [];
  fate: IssuerFate = 'answers';
  published: JWK[] = [];

  constructor(url: string, keySetPath = '/keys') {
    this.url = url;
    this.keySetPath = keySetPath;
  }

  /** Publishes another key beside those that there are. */
  async addKey(kid: string, alg?: KeyAlgorithm): Promise<IssuerKey> {
    const key = await newKey(kid, alg);
    this.published.push(key.jwk);
    return key;
  }

  withdraw({ kid }: IssuerKey): void {
    this.published = this.published.filter((jwk) => jwk.kid !== kid);
  }

  async answer(url: string, { signal, redirect }: RequestInit): Promise<Response> {
    this.asked.push(url);
    if (redirect !== 'manual') throw new Error('A redirect would be followed.');
    switch (this.fate) {
      case 'down':
        throw new Error('Network connection lost.');
      case 'fails':
        return new Response('overloaded', { status: 502 });
      case 'hangs':
        return new Promise((_answer, fail) => {
          signal?.addEventListener('abort', () => fail(signal.reason));
        });
      case 'slow':
        return new Response(endless());
      case 'huge':
        return new Response(`${' '.repeat(1_000_000)}${JSON.stringify(this.#document(url))}`);
      case 'redirects':
        return Response.redirect('https://stranger.example/keys', 302);
      case 'prose':
        return new Response('<h1>Sign in</h1>');
      case 'no-keys':
        return Response.json({ message: 'not found' });
      default:
        return Response.json(this.#document(url));
    }
  }

  #document(url: string): object {
    if (url.endsWith(this.keySetPath)) return { keys: this.published };
    return {
      issuer: this.fate === 'lies' ? 'https://stranger.example' : this.url,
      jwks_uri: `${this.fate === 'bare' ? 'http://login.acme.example' : this.url}${this.keySetPath}`,
    };
  }
}

/** A byte each second. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: async (controller) => {
      await new Promise((settle) => setTimeout(settle, 1_000));
      controller.enqueue(new Uint8Array([32]));
    },
  });
}
