/**
 * Who is measured: the product and the bare platform, each with its relay running and held back.
 */

/** One Worker under load. Everything else about the two sides is the same. */
export interface Side {
  readonly name: string;
  /** The Worker's entry, from the repository's root. */
  readonly entry: string;
  /** What creates its tables in D1: one file, or a folder of migrations. */
  readonly schema: string;
  /** Whether its events go on to D1. */
  readonly relays: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

export const ours = product('ours', 'worker/index.ts', true);
export const oursHeld = product('ours-held', 'bench/workers/held-back.ts', false);

export const limitEager = limit('eager');
export const limitAlarm = limit('alarm');
export const limitHeld = limit('held');

function product(name: string, entry: string, relays: boolean): Side {
  const variables = { LEDGE_LOCAL_DEVELOPMENT: 'true' };
  return { name, entry, schema: 'migrations', relays, variables };
}

function limit(relay: 'eager' | 'alarm' | 'held'): Side {
  return {
    name: `limit-${relay}`,
    entry: 'bench/workers/limit.ts',
    schema: 'bench/workers/limit.sql',
    relays: relay !== 'held',
    variables: { RELAY: relay },
  };
}
