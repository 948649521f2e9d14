/**
 * The names of Ledge's bindings in the Worker that it is embedded in. Ledge's own code knows one name for each; here, and
 * nowhere else, that name is led to the binding that the embedding app has.
 */
import {
  type BindingName,
  bindingNames,
  furtherBuckets,
  furtherDatabases,
  furtherQueues,
  isOptionalBinding,
} from '../../core/protocol/deployment-names.ts';
import type { LedgeBindings, LedgeEnv } from './env.ts';

/** The Worker's own names, `{ DB: 'ORDERS_DB' }`; a binding that is left out has Ledge's name. */
export type BindingNames = { readonly [Name in BindingName]?: string };

/** The environment of a Worker that has Ledge's bindings under these names. */
export type BindingsUnder<Names extends BindingNames> = {
  readonly [Name in keyof LedgeBindings as Name extends keyof Names
    ? Extract<Names[Name], string>
    : Name]: LedgeBindings[Name];
};

export class Bindings {
  readonly #renamed: readonly (readonly [string, string])[];
  readonly #own = new WeakMap<object, object>();

  constructor(names: BindingNames = {}) {
    const renamed = Object.entries(names);
    const unknown = renamed.find(([name]) => !bindingNames.some((known) => known === name));
    if (unknown) throw new Error(`Ledge has no binding ${unknown[0]}: ${bindingNames.join(', ')}.`);
    this.#renamed = [
      ...renamed,
      ...furtherRenamed(furtherQueues, 'EVENTS', names.EVENTS),
      ...furtherRenamed(furtherDatabases, 'DB', names.DB),
      ...furtherRenamed(furtherBuckets, 'JOURNAL', names.JOURNAL),
    ];
  }

  /** The Worker's environment, as Ledge's code reads it. */
  resolve(own: object): LedgeEnv {
    // What a Worker binds to the classes that `ledge` makes has the calls of these.
    if (this.#renamed.length === 0) return own as LedgeEnv;
    const renamed = this.#renamed.map(([name, ownName]) => [
      name,
      { get: () => bindingOf(own, name, ownName) },
    ]);
    const env: LedgeEnv = Object.create(own, Object.fromEntries(renamed));
    this.#own.set(env, own);
    return env;
  }

  /** The environment that was resolved: the embedding app's, where a name of Ledge's may be another binding. */
  ownOf(env: LedgeEnv): object {
    return this.#own.get(env) ?? env;
  }
}

/** Further ones follow the name of the first, so that a binding `EVENTS_2` of the embedding app is left alone. */
function furtherRenamed(
  further: (first: string) => readonly string[],
  name: string,
  ownName: string | undefined,
): [string, string][] {
  if (ownName === undefined) return [];
  const ownNames = further(ownName);
  return further(name).map((one, index) => [one, ownNames[index] ?? one]);
}

function bindingOf(own: object, name: string, ownName: string): unknown {
  const binding: unknown = Reflect.get(own, ownName);
  if (binding !== undefined || isOptionalBinding(name)) return binding;
  throw new Error(
    `The Worker has no binding ${ownName}, which ledge(app, { bindings }) names for ${name}. Add it to the wrangler configuration of this environment.`,
  );
}
