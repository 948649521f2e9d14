/**
 * `defineAccess`: what each role of an app may do. Pure functions over the caller's claims, a command's data and an
 * aggregate's state; rules of rows are equalities. What no role grants is refused.
 */
import type * as z from 'zod';
import { type App, allProjections, findAggregate, findInbound, findPublication } from '../app.ts';
import { bounds } from '../projection/read-path.ts';
import type { ReadModelTable } from '../projection/table.ts';
import { subjectOfColumn } from '../sealed/personal-column.ts';
import { checkLimits, type RoleLimits } from './caller-limits.ts';
import type { CommandRule, OperatedArea, ReadRule, RoleGrants } from './grants.ts';
import { checkPublicRole } from './public-role.ts';
import { deploymentRoles } from './roles.ts';

/** The access rules of an app, as the runtime asks them. */
export interface Access<Role extends string = string, Claims = unknown> {
  readonly kind: 'access';
  /** Present in the type alone. */
  readonly types?: { readonly role: Role; readonly claims: Claims };
  readonly claims: z.ZodType;
  readonly roles: Readonly<Record<string, Grants>>;
  /** Left out: all callers are of the class `high`. */
  readonly limits?: Readonly<Record<string, RoleLimits>> | undefined;
}

/** The grants of a role, without the types of its app. */
export interface Grants {
  readonly commands?:
    | 'all'
    | Readonly<Record<string, 'all' | Readonly<Record<string, true | AnyCommandRule>>>>;
  readonly read?: 'all' | Readonly<Record<string, true | AnyReadRule>>;
  readonly rows?: 'all' | Readonly<Record<string, 'all' | AnyRowRule>>;
  readonly journal?: 'all' | readonly string[];
  readonly publications?: 'all' | readonly string[];
  readonly consume?: 'all' | readonly string[];
  readonly inbound?: 'all' | readonly string[];
  readonly inspect?: readonly OperatedArea[];
  readonly operate?: readonly OperatedArea[];
  readonly backdate?: true;
  readonly personal?: true;
}

export type AnyCommandRule = CommandRule<unknown, unknown, unknown>;
export type AnyReadRule = ReadRule<unknown, unknown>;
/** By column: a value, values, or a function to them. */
export type AnyRowRule = Readonly<Record<string, unknown>>;

/**
 * Defines the access rules of an app. A principal may do what any of its roles grants. The names `operator` and `admin`
 * are the deployment's own roles and cannot be defined. The role `public` is that of callers without a credential.
 *
 * @throws Error for a role name that is taken, and for a rule of rows that names no column or one without an index
 * @example export const access = defineAccess(app, {
 *   claims: z.object({ customer: z.string().optional() }),
 *   roles: {
 *     customer: {
 *       commands: { order: { CancelOrder: { state: (order, { claims }) => order.customer === claims.customer } } },
 *       rows: { orders: { customer: ({ claims }) => claims.customer } },
 *     },
 *   },
 * });
 */
export function defineAccess<
  const Given extends App,
  Schema extends z.ZodType,
  const Role extends string,
>(
  app: Given,
  rules: {
    /** The claims of a principal that rules may read. A principal whose claims it refuses is granted nothing. */
    readonly claims: Schema;
    readonly roles: { readonly [Name in Role]: RoleGrants<Given, z.output<Schema>> };
    /** What the callers of a role may use at most, `{ customer: { class: 'low', sockets: 3 } }`. */
    readonly limits?: { readonly [Name in NoInfer<Role>]?: RoleLimits };
  },
): Access<Role, z.input<Schema>> {
  // The rules are called with what their types say: the door and the object have checked it by the same schemas.
  const roles = rules.roles as Readonly<Record<string, Grants>>;
  for (const [role, grants] of Object.entries(roles)) checkRole(app, role, grants);
  checkPublicRole(roles, rules.claims);
  // Of these roles alone, so that no member is undefined.
  const limits = rules.limits as Readonly<Record<string, RoleLimits>> | undefined;
  if (limits) checkLimits(roles, limits);
  return { kind: 'access', claims: rules.claims, roles, limits };
}

function checkRole(app: App, role: string, grants: Grants): void {
  const { commands, read, rows, journal, publications, consume, inbound } = grants;
  if (deploymentRoles.some((own) => own === role)) {
    throw new Error(`The role ${role} is the deployment's own. Choose another name.`);
  }
  const aggregates = [commands, read].flatMap((given) =>
    typeof given === 'object' ? Object.keys(given) : [],
  );
  const followed = typeof journal === 'object' ? journal : [];
  const unknown = [...aggregates, ...followed].find((name) => !findAggregate(app, name));
  if (unknown !== undefined) {
    throw new Error(`The role ${role} names the aggregate ${unknown}, which is not in the app.`);
  }
  const feeds = [publications, consume].flatMap((given) =>
    typeof given === 'object' ? given : [],
  );
  const absent = feeds.find((name) => !findPublication(app, name));
  if (absent !== undefined) {
    throw new Error(`The role ${role} names the publication ${absent}, which is not in the app.`);
  }
  const sent = typeof inbound === 'object' ? inbound : [];
  const undefinedInbound = sent.find((name) => !findInbound(app, name));
  if (undefinedInbound !== undefined) {
    throw new Error(
      `The role ${role} names the inbound ${undefinedInbound}, which is not in the app.`,
    );
  }
  if (typeof rows !== 'object') return;
  for (const [name, rule] of Object.entries(rows)) checkRowRule(app, role, name, rule);
}

function checkRowRule(app: App, role: string, name: string, rule: 'all' | AnyRowRule): void {
  const table = tableNamed(app, name);
  if (!table) throw new Error(`The role ${role} names the table ${name}, which is not in the app.`);
  if (rule === 'all') return;
  const columns = Object.keys(rule);
  if (columns.length === 0) {
    throw new Error(`The rule of ${role} for ${name} names no column. Write 'all' for all rows.`);
  }
  const unknown = columns.find((column) => !Object.hasOwn(table.definition.columns, column));
  if (unknown !== undefined) {
    throw new Error(`The rule of ${role} for ${name} names ${unknown}, which is no column of it.`);
  }
  const personal = columns.find((column) => subjectOfColumn(table.definition.columns[column]));
  if (personal !== undefined) {
    throw new Error(`The rule of ${role} for ${name} compares ${personal}, which is personal.`);
  }
  if (bounds(table.definition, columns)) return;
  throw new Error(
    `The rule of ${role} for ${name} needs an index, or each query reads every row of the tenant. Add indexes: [['${columns[0]}']] to the table, in a new version of its projection.`,
  );
}

function tableNamed(app: App, name: string): ReadModelTable | undefined {
  return allProjections(app)
    .flatMap(({ tables }) => tables)
    .find((table) => table.name === name);
}
