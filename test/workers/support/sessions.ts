/** Watches how queries use sessions of D1, and lets things happen between their statements. */

export interface Sessions {
  /** How each session began, and how many statements each of its batches had. */
  readonly opened: { readonly start: string | undefined; readonly batches: number[] }[];
  /** Called before a statement that is not part of a batch is run. */
  beforeStatement: (sql: string) => Promise<void>;
}

const nothing = async () => undefined;

export function watchSessions(): Sessions {
  return { opened: [], beforeStatement: nothing };
}

export function forgetSessions(sessions: Sessions): void {
  sessions.opened.length = 0;
  sessions.beforeStatement = nothing;
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

/** D1 knows its own sessions and statements by their private members: so these are its own, with other methods. */
function watchedSession(
  session: D1DatabaseSession,
  start: string | undefined,
  sessions: Sessions,
): D1DatabaseSession {
  const batches: number[] = [];
  sessions.opened.push({ start, batches });
  const prepare = session.prepare.bind(session);
  const batch = session.batch.bind(session);
  return Object.assign(session, {
    prepare: (sql: string) => watchedStatement(prepare(sql), () => sessions.beforeStatement(sql)),
    batch: (statements: D1PreparedStatement[]) => {
      batches.push(statements.length);
      return batch(statements);
    },
  });
}

function watchedStatement(
  statement: D1PreparedStatement,
  before: () => Promise<void>,
): D1PreparedStatement {
  const bind = statement.bind.bind(statement);
  const bound = (...values: unknown[]) => {
    const made = bind(...values);
    const { all, first } = made;
    return Object.assign(made, {
      all: () => before().then(() => all.call(made)),
      first: () => before().then(() => first.call(made)),
    });
  };
  return Object.assign(statement, { bind: bound });
}
