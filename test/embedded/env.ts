/** The bank's bindings, as `wrangler types` writes them: Ledge's under other names, and the bank's own. */

export interface Env {
  readonly BANK_ACCOUNTS: DurableObjectNamespace;
  readonly BANK_HEALTH: DurableObjectNamespace;
  readonly BANK_LIVE: DurableObjectNamespace;
  readonly BANK_BUILDS: DurableObjectNamespace;
  readonly BANK_EVENTS: Queue<string>;
  readonly BANK_DB: D1Database;
  readonly BANK_ASSETS: Fetcher;
  /** Not Ledge's database: the bank has one of its own under the name that Ledge would use. */
  readonly DB: D1Database;
  readonly MAIL: Queue<string>;
  readonly BANK_SESSIONS: KVNamespace;
}
