/** A principal in a test, as the access rules of the app see it. */
import type { Access } from '../access/define-access.ts';
import { Rights } from '../access/rights.ts';
import { grantsCommand } from '../access/state-rules.ts';
import { fail } from './expect-same.ts';

/** A caller in a test, with what its roles grant. Made by `principal`. */
export interface TestPrincipal {
  readonly access: Access;
  readonly rights: Rights;
}

/**
 * A principal for `as`. A rule that throws fails the test; in production it refuses.
 *
 * @throws Error when the schema refuses the claims
 * @example const ann = principal(access, { id: 'user:ann', roles: ['customer'], claims: { customer: 'ann' } });
 */
export function principal<Role extends string, Claims>(
  access: Access<Role, Claims>,
  given: {
    readonly id: string;
    readonly roles: readonly NoInfer<Role>[];
    readonly claims: NoInfer<Claims>;
    /** Left out: `main`. */
    readonly tenant?: string;
  },
): TestPrincipal {
  const claims = access.claims.safeParse(given.claims);
  if (!claims.success) fail(`The claims of ${given.id} are refused`, claims.error.issues);
  return { access, rights: Rights.of(access, { tenant: 'main', ...given }, rethrow) };
}

function rethrow(error: unknown): never {
  throw error;
}

interface TestCommand {
  readonly aggregate: string;
  readonly aggregateId: string;
  readonly name: string;
  readonly data: unknown;
}

/** As the door and then the object judge it. */
export function isGranted(
  { access, rights }: TestPrincipal,
  { aggregate, aggregateId: id, name, data }: TestCommand,
  state: unknown,
): boolean {
  const authorization = rights.command({ aggregate, id }, name, data);
  if (authorization && 'outcome' in authorization) return false;
  const question = authorization?.execute;
  return !question || grantsCommand(access, question, { aggregate, name }, state, rethrow);
}
