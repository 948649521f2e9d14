/** The commands by name, each loaded when it is run: what builds pages or starts wrangler costs the others nothing. */
import type { CliCommand } from './cli-command.ts';

export interface CommandEntry {
  /** One line of `ledge --help`. */
  readonly summary: string;
  /** Its arguments, where the command itself has no `--help`. */
  readonly usage?: string;
  readonly load: () => Promise<CliCommand>;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  dev: {
    summary: 'runs the app on this machine',
    usage:
      '[--memory: state that is gone at the end] [options of wrangler dev: npx wrangler dev --help]',
    load: async () => (await import('./dev.ts')).dev,
  },
  check: {
    summary:
      'finds what keeps a project from running: tables, events lock, contracts, wrangler configuration, packages',
    usage: '[--config wrangler.toml] [--env NAME] [--app src/app.ts] [--lock src/events.lock.json]',
    load: async () => (await import('./check.ts')).check,
  },
  deploy: {
    summary: 'creates what the account lacks, applies the migrations, deploys the Worker',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  access: {
    summary: 'makes the secrets of a deployment; issues, lists, rotates and revokes API keys',
    load: async () => (await import('./access.ts')).access,
  },
  tenants: {
    summary: 'provisions, suspends, brakes and erases tenants; blocks principals',
    load: async () => (await import('./tenants.ts')).tenants,
  },
  import: {
    summary: 'sends a file of commands to a running server',
    load: async () => (await import('./import.ts')).importFile,
  },
  migrations: {
    summary:
      "writes the D1 migrations that are missing: Ledge's own, and the tables of read models",
    usage: '[--check] [--app src/app.ts] [--out migrations] [--config wrangler.toml] [--env NAME]',
    load: async () => (await import('../migrations/generate.ts')).migrations,
  },
  schemas: {
    summary: 'records the shapes of events, and fails when stored events become unreadable',
    usage: '[--check | --rebase] [--app src/app.ts] [--lock src/events.lock.json]',
    load: async () => (await import('../migrations/record-schemas.ts')).schemas,
  },
  catalog: {
    summary: 'writes what the app consists of, what produces its events and what consumes them',
    load: async () => (await import('./catalog.ts')).catalog,
  },
  types: {
    summary: 'writes the TypeScript types that a consumer of a publication needs',
    load: async () => (await import('./types.ts')).types,
  },
  contracts: {
    summary: 'verifies what consumers rely on of a publication',
    load: async () => (await import('./contracts.ts')).contracts,
  },
  status: {
    summary: 'shows where the deployment is: sizes, backlogs, lags, alerts',
    load: async () => (await import('./status.ts')).status,
  },
  projections: {
    summary: 'shows, builds, verifies, pauses and rolls back projections',
    load: async () => (await import('./projections.ts')).projections,
  },
  'dead-letters': {
    summary: 'shows, redrives and discards events that a projection rejects',
    load: async () => (await import('./dead-letters.ts')).deadLetters,
  },
  groups: {
    summary: 'makes, shows and deletes consumer groups of publications',
    load: async () => (await import('./groups.ts')).groups,
  },
  subscriptions: {
    summary: 'makes, shows, pauses and deletes webhooks of publications; redrives what they hold',
    load: async () => (await import('./subscriptions.ts')).subscriptions,
  },
  sagas: {
    summary: 'shows sagas; retries, skips, resolves and cancels',
    load: async () => (await import('./sagas.ts')).sagas,
  },
  timers: {
    summary: 'shows, retries and cancels the timers of a stream',
    load: async () => (await import('./timers.ts')).timers,
  },
  actions: {
    summary: 'shows, retries and skips calls to other systems that follow from events',
    load: async () => (await import('./actions.ts')).actions,
  },
  schedules: {
    summary: 'shows, runs, pauses and resumes what the app does at times of the day',
    load: async () => (await import('./schedules.ts')).schedules,
  },
  subjects: {
    summary:
      'forgets, holds, releases and exports subjects of personal data; wraps their keys again',
    load: async () => (await import('./subjects.ts')).subjects,
  },
  streams: {
    summary: 'takes back what an object that the platform restored has lost',
    load: async () => (await import('./streams.ts')).streams,
  },
  verify: {
    summary: "compares the journal with the objects' logs, and repairs it",
    load: async () => (await import('./verify.ts')).verify,
  },
  export: {
    summary: 'exports every stream of every tenant into a folder',
    load: async () => (await import('./export.ts')).exportAll,
  },
  restore: {
    summary: 'restores an empty deployment from such a folder',
    load: async () => (await import('./restore.ts')).restoreAll,
  },
  'restore-database': {
    summary: 'restores D1 to a moment and brings every stream up to date',
    load: async () => (await import('./restore-database.ts')).restore,
  },
};
