/**
 * What a principal may do, by the grants of its roles. Everything here fails closed: an unknown role, claims that the
 * schema refuses, a rule that throws and a rule that returns anything but `true` grant nothing.
 */
import type {
  CommandAuthorization,
  RolesToAsk,
  RulePrincipal,
  StateQuestion,
} from '../aggregate/authorization.ts';
import type { Failure } from '../aggregate/outcome.ts';
import type { StreamAddress } from '../aggregate/stream.ts';
import type { RowScope, RowScopes, ScopeValue } from '../projection/row-scope.ts';
import { deepFrozen } from '../values/frozen.ts';
import { ownValue } from '../values/own-value.ts';
import type { Access, AnyCommandRule, AnyRowRule, Grants } from './define-access.ts';
import type { OperatedArea } from './grants.ts';
import { commandRule, holds, type RuleFault, readRule } from './rules.ts';

/** Refused where no role is left whose rule over the state could grant it. */
type Verdict = 'granted' | RolesToAsk;

type DataRule = NonNullable<AnyCommandRule['data']>;

type RoleWithGrants = readonly [role: string, grants: Grants];

/** Without access rules a principal may do everything in its tenant but operate. */
const everything: readonly RoleWithGrants[] = [
  [
    '',
    {
      ...{ commands: 'all', read: 'all', rows: 'all', journal: 'all', publications: 'all' },
      ...{ consume: 'all', inbound: 'all', backdate: true, personal: true },
    },
  ],
];

export class Rights {
  readonly caller: RulePrincipal;
  /** No rule concerns it. */
  readonly isUnrestricted: boolean;
  readonly #grants: readonly RoleWithGrants[];
  readonly #fault: RuleFault;

  private constructor(caller: RulePrincipal, grants: readonly RoleWithGrants[], fault: RuleFault) {
    this.caller = caller;
    this.isUnrestricted = grants === everything;
    this.#grants = grants;
    this.#fault = fault;
  }

  static unrestricted(caller: RulePrincipal): Rights {
    return new Rights(caller, everything, ignored);
  }

  static of(access: Access, principal: RulePrincipal, fault: RuleFault): Rights {
    const claims = access.claims.safeParse(principal.claims);
    const roles = claims.success ? new Set(principal.roles) : [];
    const grants = [...roles].flatMap((role) => {
      const granted = ownValue(access.roles, role);
      return granted ? [[role, granted] as const] : [];
    });
    // Frozen, since an isolate keeps the claims of a credential for its next request.
    return new Rights({ ...principal, claims: deepFrozen(claims.data) }, grants, fault);
  }

  /**
   * What the aggregate's object has to ask before it executes a command; undefined where all is granted. `data` has
   * passed the command's schema.
   */
  command(
    { aggregate, id: aggregateId }: Pick<StreamAddress, 'aggregate' | 'id'>,
    name: string,
    data: unknown,
  ): CommandAuthorization | Failure | undefined {
    const caller = { ...this.caller, aggregateId };
    // Frozen: what a rule is given is what the command will be executed with.
    const execute = this.#commandVerdict(aggregate, name, (rule) =>
      holds(() => rule(deepFrozen(data), caller), this.#fault),
    );
    if (execute.length === 0) return ungranted(`command ${aggregate}/${name}`);
    const read = this.#readVerdict(aggregate);
    if (execute === 'granted' && read === 'granted') return undefined;
    return {
      ...(execute !== 'granted' && { execute: { caller, roles: execute } }),
      ...(read !== 'granted' && { read: { caller, roles: read } }),
    };
  }

  /** What the aggregate's object has to ask before it shows its state; undefined where it is granted. */
  read({
    aggregate,
    id: aggregateId,
  }: Pick<StreamAddress, 'aggregate' | 'id'>): StateQuestion | Failure | undefined {
    const roles = this.#readVerdict(aggregate);
    if (roles === 'granted') return undefined;
    if (roles.length === 0) return ungranted(`read ${aggregate}`);
    return { caller: { ...this.caller, aggregateId }, roles };
  }

  /** Whether some data and some state let it command this. */
  mayCommand(aggregate: string, name: string): boolean {
    return this.#commandVerdict(aggregate, name, () => true).length > 0;
  }

  /** Whether it may read some of these. */
  mayRead(aggregate: string): boolean {
    return this.#readVerdict(aggregate).length > 0;
  }

  #commandVerdict(
    aggregate: string,
    name: string,
    isFulfilled: (rule: DataRule) => boolean,
  ): Verdict {
    return this.#verdict(({ commands }) => {
      const rule = commandRule(commands, aggregate, name);
      if (rule === undefined || rule === true) return rule;
      if (rule.data && !isFulfilled(rule.data)) return undefined;
      return rule.state ? 'ask' : rule.data && true;
    });
  }

  #readVerdict(aggregate: string): Verdict {
    return this.#verdict(({ read }) => {
      const rule = readRule(read, aggregate);
      return rule === undefined || rule === true ? rule : 'ask';
    });
  }

  get rows(): RowScopes {
    const all = this.#grants.map(([, { rows = {} }]) => rows);
    if (all.includes('all')) return 'all';
    const tables = new Set(all.flatMap((rows) => Object.keys(rows)));
    const scopes = [...tables].flatMap((table) => {
      const scope = merged(
        all.flatMap((rows) => {
          const rule = typeof rows === 'object' ? ownValue(rows, table) : undefined;
          return rule === undefined ? [] : [this.#scopeOf(rule)];
        }),
      );
      return scope ? [[table, scope] as const] : [];
    });
    return Object.fromEntries(scopes);
  }

  /** The aggregates whose events the feed shows. */
  get journal(): 'all' | readonly string[] {
    const all = this.#grants.map(([, { journal = [] }]) => journal);
    return all.includes('all') ? 'all' : [...new Set(all.flat())];
  }

  /** Whether it may read the feed of a publication. */
  mayFollow(publication: string): boolean {
    return this.#grants.some(
      ([, { publications = [] }]) => publications === 'all' || publications.includes(publication),
    );
  }

  /** Whether it may take messages of a publication from a consumer group. */
  mayConsume(publication: string): boolean {
    return this.#grants.some(
      ([, { consume = [] }]) => consume === 'all' || consume.includes(publication),
    );
  }

  /** Whether it may send messages to an inbound. */
  maySendTo(name: string): boolean {
    return this.#grants.some(([, { inbound = [] }]) => inbound === 'all' || inbound.includes(name));
  }

  get mayBackdate(): boolean {
    return this.#grants.some(([, { backdate }]) => backdate === true);
  }

  /** Whether it is shown personal data, of what it may read. */
  get opensPersonal(): boolean {
    return this.#grants.some(([, { personal }]) => personal === true);
  }

  mayInspect(area: OperatedArea): boolean {
    return this.#grants.some(([, { inspect = [], operate = [] }]) =>
      [...inspect, ...operate].includes(area),
    );
  }

  mayOperate(area: OperatedArea): boolean {
    return this.#grants.some(([, { operate = [] }]) => operate.includes(area));
  }

  /** Any role that grants it is enough; otherwise those that leave it to the state. */
  #verdict(ruleOf: (grants: Grants) => true | 'ask' | undefined): Verdict {
    const asked: string[] = [];
    for (const [role, grants] of this.#grants) {
      const rule = ruleOf(grants);
      if (rule === true) return 'granted';
      if (rule === 'ask') asked.push(role);
    }
    return asked;
  }

  #scopeOf(rule: 'all' | AnyRowRule): RowScope {
    if (rule === 'all') return rule;
    const columns = Object.entries(rule).map(([name, given]) => [name, this.#valuesOf(given)]);
    return Object.fromEntries(columns);
  }

  #valuesOf(given: unknown): ScopeValue[] {
    try {
      const value: unknown = typeof given === 'function' ? given(this.caller) : given;
      return [value].flat().filter(isScopeValue);
    } catch (error) {
      this.#fault(error);
      return [];
    }
  }
}

/** The name of the grant and never the reason: a reason would tell what the rule has seen. */
export function ungranted(needs: string): Failure {
  return { outcome: 'forbidden', detail: `No role of the caller grants this: ${needs}.`, needs };
}

/**
 * The rows of several roles together: all, or the values of one column. Rules over different columns would be a
 * disjunction, which no index bounds: they leave no row.
 */
function merged(scopes: readonly RowScope[]): RowScope | undefined {
  if (scopes.includes('all')) return 'all';
  const rules = scopes.filter((scope) => scope !== 'all');
  const [first] = rules;
  if (!first || rules.length === 1) return first;
  const [column, ...more] = new Set(rules.flatMap((rule) => Object.keys(rule)));
  if (column === undefined || more.length > 0) return undefined;
  return { [column]: [...new Set(rules.flatMap((rule) => rule[column] ?? []))] };
}

function isScopeValue(value: unknown): value is ScopeValue {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function ignored(): void {
  // Nothing of an unrestricted caller is a rule.
}
