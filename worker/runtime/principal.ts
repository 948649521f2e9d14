/**
 * The caller of a request, as the embedding app's `authenticate` names it. What that function returns is checked here:
 * a value that is malformed is a mistake of the app and lets nothing in.
 */
import * as z from 'zod';
import { MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import { IDENTIFIER_RULE, isIdentifier } from '../../core/aggregate/stream.ts';

/** By name. */
export type Claims = Readonly<Record<string, unknown>>;

/** The caller of a request: `id` is the actor of what it causes, `tenant` owns all that it reads and writes. */
export interface Principal {
  /** 1 to 256 printable characters, `user:ann`. What begins with `ledge:` is the machinery. */
  readonly id: string;
  /** 1 to 128 of the characters A-Z a-z 0-9 . _ ~ - */
  readonly tenant: string;
  /** `operator`, `admin`, and those of the app's access rules. One that is unknown grants nothing. Left out: none. */
  readonly roles?: readonly string[] | undefined;
  /** What the access rules may see of the credential: JSON, `{ customer: 'ann' }`. Left out: `{}`. */
  readonly claims?: Claims | undefined;
  /** Names the credential in events and the audit trail: `session:42`, never its secret. Left out: the API key that was asked for. */
  readonly credential?: string | undefined;
  /** The credential is refused from then on. Left out: it does not expire. */
  readonly expiresAt?: Date | undefined;
  /** Sockets and event streams that it opens are closed then, so that a new one is checked. Left out: at `expiresAt`. */
  readonly opensUntil?: Date | undefined;
}

/** The principal of the API key that the request carries; undefined where it carries none that is valid. */
export type ApiKeyPrincipal = () => Promise<Principal | undefined>;

/** The principal of the JWT of a declared issuer that the request carries; undefined where it carries none that is valid. */
export type JwtPrincipal = () => Promise<Principal | undefined>;

/**
 * Names the caller of a request, or returns undefined where it carries no valid credential. Called for every route but
 * `/health`, sockets and event streams included, with the request without its body. `apiKey` checks Ledge's own API
 * keys, `jwt` the tokens of the declared issuers: `async (request, env, apiKey, jwt) => (await apiKey()) ?? jwt()`.
 *
 * @example const authenticate: Authenticate<Env> = (request, env) =>
 *   request.headers.get('authorization') === `Bearer ${env.API_TOKEN}` ? { id: 'service:shop', tenant: 'main' } : undefined;
 */
export type Authenticate<Env> = (
  request: Request,
  env: Env,
  apiKey: ApiKeyPrincipal,
  jwt: JwtPrincipal,
) => Principal | undefined | Promise<Principal | undefined>;

const ID_CHARACTERS_MAX = 256;

const UNPRINTABLE = /\p{C}/u;

export const principalId = z
  .string()
  .min(1)
  .max(ID_CHARACTERS_MAX)
  // No pattern of the API's description: without the flag it would mean something else.
  .refine((id) => !UNPRINTABLE.test(id), 'An id is printable.')
  .refine((id) => !id.startsWith(MACHINERY_KEY_PREFIX), 'The prefix is the machinery’s own.');

export const tenantName = z.string().refine(isIdentifier, `A tenant is ${IDENTIFIER_RULE}.`);

const rights = {
  tenant: tenantName,
  roles: z.array(z.string()).optional(),
  claims: z.record(z.string(), z.json()).optional(),
};

const principal = z.object({
  id: principalId,
  ...rights,
  credential: z.string().max(ID_CHARACTERS_MAX).optional(),
  expiresAt: z.date().optional(),
  opensUntil: z.date().optional(),
});

/**
 * What `authenticate` returned; undefined for null too.
 *
 * @throws MalformedPrincipal, which names the members that are wrong, and none of their values
 */
export function checkedPrincipal(value: unknown): Principal | undefined {
  return value === undefined || value === null ? undefined : parsed(principal, value);
}

/** Of a service binding. Strict: what is misspelled would be a right that is missing. */
const bindingProperties = z.strictObject({ principal: principalId, ...rights });

/**
 * The principal in the properties of a service binding, `{ principal: 'service:shop', tenant: 'main', roles: ['clerk'] }`.
 *
 * @throws MalformedPrincipal
 */
export function principalOfBinding(properties: unknown): Principal {
  const { principal: id, ...others } = parsed(bindingProperties, properties);
  return { id, ...others };
}

function parsed<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const { data, error } = schema.safeParse(value);
  if (!error) return data;
  const wrong = new Set(error.issues.map(({ path }) => String(path[0] ?? 'the whole')));
  throw new MalformedPrincipal([...wrong]);
}

export class MalformedPrincipal extends Error {
  override readonly name = 'MalformedPrincipal';
  readonly members: readonly string[];

  constructor(members: readonly string[]) {
    super(`A principal was named of which this is not valid: ${members.join(', ')}.`);
    this.members = members;
  }
}
