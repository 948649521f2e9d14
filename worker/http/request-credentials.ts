/** The credential of one request: its checks, and why it was refused. */
import type { ReadKey } from '../../core/access/key-reference.ts';
import type { RefusalReason } from '../../core/aggregate/outcome.ts';
import { type KeyCheck, keyPrincipal } from '../access/key-principal.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { TokenCheck } from '../runtime/issuer.ts';
import type { ApiKeyPrincipal, JwtPrincipal } from '../runtime/principal.ts';
import type { Credential } from './origins.ts';

/** What an isolate knows of keys and tokens. */
export interface CredentialChecks {
  readonly keys: KeyCheck;
  readonly tokens: TokenCheck;
}

/** Of Cloudflare Access, which no client can send past it. */
export const ACCESS_HEADER = 'cf-access-jwt-assertion';

export class RequestCredentials {
  readonly #headers: Headers;
  #refused: RefusalReason;
  #key: ReadKey | undefined;
  readonly apiKey: ApiKeyPrincipal;
  readonly jwt: JwtPrincipal;

  constructor({ keys, tokens }: CredentialChecks, headers: Headers, env: LedgeEnv) {
    this.#headers = headers;
    this.#refused = isCarried(headers) ? 'invalid' : 'missing';
    this.apiKey = async () => {
      const keyed = await keyPrincipal(keys, headers, env);
      // A hook that asks for a key depends on it, whatever principal it makes of the answer.
      this.#key = keyed?.key;
      return keyed?.principal;
    };
    this.jwt = async () => {
      const found = await tokens.principal(headers, env);
      if (typeof found !== 'string') return found;
      if (found !== 'missing') this.#refused = found;
      return undefined;
    };
  }

  /** The API key that was valid. */
  get key(): ReadKey | undefined {
    return this.#key;
  }

  get refused(): RefusalReason {
    return this.#refused;
  }

  /**
   * The kind of credential, as far as it can be seen: a header that a page can only send where CORS allows it, a cookie
   * that the browser adds for every page, or something else that may be the machine's own.
   */
  get kind(): Credential {
    const headers = this.#headers;
    if (headers.has('authorization')) return 'header';
    // Access makes its header of a cookie. Browsers alone send the other one, which no page can set or leave out.
    const isOfCookie = headers.has(ACCESS_HEADER) && headers.has('sec-fetch-site');
    return headers.has('cookie') || isOfCookie ? 'cookie' : 'machine';
  }
}

/** As far as Ledge can know: an `authenticate` may look elsewhere. */
function isCarried(headers: Headers): boolean {
  return ['authorization', 'cookie', ACCESS_HEADER].some((name) => headers.has(name));
}
