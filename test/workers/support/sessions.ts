/** Observes the sessions of D1 that queries use, and runs functions between their statements. */

export interface Sessions {
  /** The start of each session, and the number of statements of each batch without the assertion of the format. */
  readonly opened: { readonly start: string | undefined; readonly batches: number[] }[];
  /** Called before a batch of two statements is run, such as a page of the feed. */
  beforePage: () => Promise<void>;
}

const nothing = async () => undefined;

export function watchSessions(): Sessions {
  return { opened: [], beforePage: nothing };
}

export function forgetSessions(sessions: Sessions): void {
  sessions.opened.length = 0;
  sessions.beforePage = nothing;
}

/** The same database under watch. */
export function watchedDatabase(database: D1Database, sessions: Sessions): D1Database {
  return new Proxy(database, {
    get(target, property) {
      if (property === 'withSession') {
        return (start?: string) => watchedSession(target.withSession(start), start, sessions);
      }
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** D1 knows its own sessions by their private members: so this is its own, with another method. */
function watchedSession(
  session: D1DatabaseSession,
  start: string | undefined,
  sessions: Sessions,
): D1DatabaseSession {
  const batches: number[] = [];
  sessions.opened.push({ start, batches });
  const batch = session.batch.bind(session);
  return Object.assign(session, {
    batch: async (statements: D1PreparedStatement[]) => {
      const own = statements.length - 1;
      batches.push(own);
      if (own === 2) await sessions.beforePage();
      return batch(statements);
    },
  });
}
