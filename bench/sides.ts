/** The sides of a measurement: the product, and the bare platform doing the least of the same. */
import { accessSecrets } from './issued-key.ts';

/** One Worker under load. Everything else about the sides is the same. */
export interface Side {
  readonly name: string;
  /** The Worker's entry, from the repository's root. */
  readonly entry: string;
  /** What creates its tables in D1: files, or folders of migrations. */
  readonly schema: readonly string[];
  /** Whether its events go on to D1. */
  readonly relays: boolean;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it is loaded under an API key; left out: without a credential. */
  readonly isKeyed?: true;
}

const open = { LEDGE_LOCAL_DEVELOPMENT: 'true' };

const product = {
  entry: 'test/shop/entry.ts',
  schema: ['test/shop/migrations'],
  relays: true,
  variables: open,
};

export const ours: Side = { name: 'ours', ...product };
export const oursClosed: Side = { ...ours, variables: {} };
export const oursHeld: Side = {
  ...ours,
  name: 'ours-held',
  entry: 'bench/workers/held-back.ts',
  relays: false,
};
/** As deployed: with a key, a tenant in the directory, and access rules. */
export const oursKeyed: Side = {
  ...oursHeld,
  name: 'ours-keyed',
  entry: 'bench/workers/keyed.ts',
  variables: accessSecrets,
  isKeyed: true,
};
export const oursKept: Side = {
  ...ours,
  name: 'ours-kept',
  entry: 'bench/workers/kept-back.ts',
};

/** The runtime with an app of the bench's own, see workers/book.ts. */
export const book: Side = { ...ours, entry: 'bench/workers/book.ts' };
/** A saga of three steps, see workers/three-steps.ts. */
export const threeSteps: Side = { ...ours, entry: 'bench/workers/three-steps.ts' };
/** With a publication, see workers/publishing.ts. */
export const publishing: Side = { ...ours, entry: 'bench/workers/publishing.ts' };
/** What the peers' scripts fill, see workers/cart.ts. */
export const cart: Side = {
  ...ours,
  entry: 'bench/workers/cart.ts',
  schema: ['test/shop/migrations', 'bench/workers/cart.sql'],
};
export const shortBook: Side = { ...book, name: 'ours-short' };

export const limitEager = limit('eager');
export const limitAlarm = limit('alarm');
export const limitHeld = limit('held');
export const limitKept = limit('kept');
export const limitLive = limit('live');

export const bareNoop = bare('noop');
export const bareCall = bare('call');
export const bareAppend = bare('append');
export const bareExecute = bare('execute');
export const bareFold = bare('fold');
export const bareFoldAccounts = bare('fold-accounts');
export const bareRow = bare('row');
export const bareJournal: Side = {
  ...bareRow,
  name: 'bare-journal',
  entry: 'bench/workers/journal.ts',
};
export const bareHandingOn: Side = {
  ...bareRow,
  name: 'bare-handing-on',
  entry: 'bench/workers/handing-on.ts',
};
export const bareFill: Side = { ...bareAppend, name: 'bare-fill' };

/** The whole way of a command with nothing on top. */
function limit(relay: 'eager' | 'alarm' | 'held' | 'kept' | 'live'): Side {
  return {
    name: `limit-${relay}`,
    entry: 'bench/workers/limit.ts',
    schema: ['bench/workers/limit.sql'],
    relays: relay !== 'held',
    variables: { RELAY: relay },
  };
}

/** One step of the platform alone. */
function bare(
  step: 'noop' | 'call' | 'append' | 'execute' | 'fold' | 'fold-accounts' | 'row',
): Side {
  return {
    name: `bare-${step}`,
    entry: 'bench/workers/bare.ts',
    schema: ['bench/workers/limit.sql'],
    relays: false,
    variables: { STEP: step },
  };
}
