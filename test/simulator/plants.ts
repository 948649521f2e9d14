/**
 * Faults for the product: each takes one promise's mechanism out of the text of a module. A simulator that does not
 * find them would be worth nothing.
 */
import type { FindingKind } from '../checker/finding.ts';

/** A change of a module's text. */
export interface Change {
  readonly file: string;
  /** Texts that occur exactly once, with their replacements. */
  readonly changes: readonly (readonly [text: string, instead: string])[];
}

export interface Plant extends Change {
  /** The findings of which at least one has to be reported. */
  readonly findings: readonly FindingKind[];
  /** The first that was seen to find it; left out, 1. The search begins there: which one it is changes with the product. */
  readonly seed?: number;
}

export const plants: Readonly<Record<string, Plant>> = {
  /** Checkpoints move, and the journal takes an event, whether anybody else was there before or not. */
  'no-compare-and-set': {
    file: 'worker/projections/write-batch.ts',
    changes: [
      [
        'AND projection = step.value ->> 2), 0) = step.value ->> 3',
        'AND projection = step.value ->> 2), 0) >= 0',
      ],
    ],
    findings: ['doubled'],
  },
  /** The object takes its events for journalled as soon as D1 answers. */
  'confirm-before-the-journal': {
    file: 'durable-objects/aggregate/confirm-relay.ts',
    changes: [['if (projected >= head)', 'if (projected >= 0)']],
    findings: ['lost', 'unbalanced', 'hidden'],
  },
  /** An event whose message was lost is never checked. */
  'no-alarm': {
    file: 'durable-objects/aggregate/object-alarm.ts',
    changes: [["after !== 'none' && after !== before", "after !== 'none' && after === before"]],
    findings: ['lost', 'unbalanced'],
  },
  /** An event that waits behind older messages counts as delivered: if its message was lost, it is never reminded of. */
  'never-remind': {
    file: 'durable-objects/aggregate/confirm-relay.ts',
    changes: [["return { state: 'queued' };", "return log.confirm(head), { state: 'confirmed' };"]],
    findings: ['lost', 'unbalanced'],
    seed: 16,
  },
  /** A saga takes every delivery for a new event. */
  'skip-the-inbox': {
    file: 'core/process/saga-aggregate.ts',
    changes: [
      ['if (event.version <= (getEntry(saga.seen, event.stream) ?? 0)) return accept();', ''],
    ],
    findings: ['doubled'],
    seed: 7,
  },
  /** What a saga wants is sent without a key. */
  'no-key-for-effects': {
    file: 'worker/reactions/dispatch-saga.ts',
    changes: [['options: { idempotencyKey }', 'options: {}']],
    findings: ['phantom'],
  },
  /** A repeated command is executed again. */
  'forget-the-key': {
    file: 'durable-objects/aggregate/unit-of-work.ts',
    changes: [['this.#known.get(key)', "this.#known.get('another')"]],
    findings: ['unfinished'],
  },
  /** A command's expected version is ignored. */
  'expect-anything': {
    file: 'durable-objects/aggregate/execute-command.ts',
    changes: [['expectedVersion !== undefined && expectedVersion !== version', 'version < 0']],
    findings: ['unguarded'],
  },
  /** Queries do not wait for what their token names. */
  'ignore-the-token': {
    file: 'worker/queries/consistent-with.ts',
    changes: [['if (header === undefined)', "if (header !== '')"]],
    findings: ['stale'],
  },
  /** A read begins before the watch is registered. */
  'read-before-watching': {
    file: 'durable-objects/live/wave-reader.ts',
    changes: [
      [
        'await this.#watches.ensure(projection);',
        'void this.#watches.ensure(projection).catch(() => undefined);',
      ],
    ],
    findings: ['stale'],
    seed: 6,
  },
  /** The last page of a build does not look whether the journal has grown meanwhile. */
  'build-past-the-end': {
    file: 'worker/projections/versions/build-page.ts',
    changes: [['OR ?6 = $', 'OR ?6 >= 0 * $']],
    findings: ['misfolded'],
  },
  /** What a call writes is written a statement at a time. */
  'no-transaction': {
    file: 'durable-objects/aggregate/aggregate-storage.ts',
    changes: [['this.#storage.transactionSync(write)', 'write()']],
    findings: ['doubled', 'unfinished'],
    seed: 5,
  },
  /** Timers fire from a list that was read before the first of them fired. */
  'fire-from-a-list': {
    file: 'durable-objects/aggregate/fire-timers.ts',
    changes: [
      [
        '  for (let fired = 0;',
        "  const list = run.storage.timers.page({ after: '', limit: 100, state: 'scheduled' }).timers;\n  const due = list.filter(({ dueMs }) => dueMs <= run.nowMs());\n  for (let fired = 0;",
      ],
      ['const timer = dueTimer(run.storage.timers, run.nowMs());', 'const timer = due[fired];'],
    ],
    findings: ['unbalanced'],
  },
  /** Handlers are handed the very event that is journalled, and may change it. */
  'hand-over-the-stored-event': {
    file: 'core/aggregate/event.ts',
    changes: [['return deepFrozen({', 'return Object.assign({}, {']],
    findings: ['changed'],
  },
  /** A page of the journal that was cut by bytes claims to end at the journal's end. */
  'take-a-short-page-for-the-end': {
    file: 'worker/queries/journal-page.ts',
    changes: [['first NOT IN (SELECT first FROM opened)', 'first < 0']],
    findings: ['lost'],
  },
  /** A full D1 is taken for a refused row. */
  'take-full-for-refused': {
    file: 'core/failures/platform-error.ts',
    changes: [["    'full',\n    [", "    'refused',\n    ["]],
    findings: ['misfolded', 'unfinished'],
    seed: 2,
  },
  /** The effects that a saga records after the first event are not executed. */
  'forget-the-continuation': {
    file: 'core/process/saga-transition.ts',
    changes: [
      [
        'return index === 0 ? toEvent(transition) : continued(transition);',
        'return index === 0 ? toEvent(transition) : continued({ ...transition, effects: [] });',
      ],
    ],
    findings: ['unfinished', 'unbalanced'],
  },
  /** Nothing that fails is reported to the health objects. */
  'report-nothing': {
    file: 'worker/incidents/incidents.ts',
    changes: [['(health, own) => health.report(own)', 'async () => undefined']],
    findings: ['hidden'],
  },
  /** Overdue events are reported only where a consumer fails, and without a queue there is none. */
  'report-no-overdue-events': {
    file: 'durable-objects/aggregate/delivery-incidents.ts',
    changes: [
      [
        'await this.#report({ ...incident, settledVersion, ...explanationOf(confirmation) });',
        'void [settledVersion, this.#report, explanationOf];',
      ],
    ],
    findings: ['hidden'],
    seed: 2,
  },
  /** A health object loses its incidents when it falls asleep. */
  'forget-incidents-asleep': {
    file: 'durable-objects/health/incident-table.ts',
    changes: [
      [
        'this.#tables = tables;',
        "this.#tables = tables;\n    if (tables.isStored) tables.write('DELETE FROM incident');",
      ],
    ],
    findings: ['hidden'],
  },
  /** An incident is resolved at the first look, whether D1 has the events or not. */
  'resolve-at-the-first-look': {
    file: 'durable-objects/health/health-object.ts',
    changes: [['if (settledVersion >= incident.version) this', 'if (settledVersion >= 0) this']],
    findings: ['hidden'],
    seed: 3,
  },
  /** An incident stays listed after its events have arrived. */
  'resolve-nothing': {
    file: 'durable-objects/health/incident-table.ts',
    changes: [['AND version <= ? RETURNING stream', 'AND version < 0 * ? RETURNING stream']],
    findings: ['unfinished'],
  },
  /** A health object never checks whether the cause has ended. */
  'never-look-again': {
    file: 'durable-objects/health/health-object.ts',
    changes: [
      [
        'if (delivery) await this.ctx.storage.setAlarm(ports.nowMs() + LOOK_AFTER_MS);',
        'void [delivery, LOOK_AFTER_MS];',
      ],
    ],
    findings: ['unfinished'],
    seed: 2,
  },
  /** The door of a build never closes: live events outrun its last page. */
  'never-close-the-door': {
    file: 'worker/projections/versions/build-door.ts',
    changes: [['WHERE unixepoch(', 'WHERE 1 > 2 AND unixepoch(']],
    findings: ['unfinished'],
  },
  /** The door that a build has closed is never opened, and does not open by itself. */
  'never-open-the-door': {
    file: 'worker/projections/versions/build-door.ts',
    changes: [
      ["closing_until = unixepoch('subsec') + $", "closing_until = unixepoch('subsec') + 1e9 + $"],
      ['WHERE closed_by = ? AND', 'WHERE closed_by = ? AND 1 > 2 AND'],
    ],
    findings: ['unfinished', 'lost'],
  },
  /** The rules of rows leave out no row. */
  'show-every-row': {
    file: 'core/projection/row-scope.ts',
    changes: [["scope === 'all' ? [] : Object.entries(scope)", '[] as [string, ScopeValue[]][]']],
    findings: ['shown'],
  },
  /** Live queries are shared by callers that may see different rows. */
  'one-group-for-all-callers': {
    file: 'durable-objects/live/groups.ts',
    changes: [
      ['canonicalJson({ ...other, ', 'canonicalJson({ ...other, rows: [other.rows].length, '],
    ],
    findings: ['shown'],
  },
  /** An isolate that has once known a key never asks for it again. */
  'know-a-key-for-ever': {
    file: 'worker/access/known-bearers.ts',
    changes: [['Math.abs(nowMs - known.askedAtMs) < KEPT_MS', 'nowMs > 0 * KEPT_MS']],
    findings: ['shown', 'ungranted'],
    seed: 5,
  },
  /** The object of a socket that was opened with a key never reads the key again. */
  'never-read-a-key-again': {
    file: 'durable-objects/live/key-checks.ts',
    changes: [['Math.abs(this.#setting.nowMs() - known.readAtMs) < KNOWN_MS', '0 < KNOWN_MS']],
    findings: ['shown'],
    seed: 4,
  },
  /** The rules over the state of all commands of a call are asked about the state before the first. */
  'ask-about-the-first-state': {
    file: 'durable-objects/aggregate/execute-command.ts',
    changes: [
      [
        'const state = () => work.state;',
        'const state = () => (Object(work).first ??= work.state);',
      ],
    ],
    findings: ['ungranted'],
  },
  /** A rule over the state lets every caller read it. */
  'read-any-state': {
    file: 'durable-objects/aggregate/state-access.ts',
    changes: [
      [
        'return access !== undefined && grantsReading(access, question, aggregate, state(), fault);',
        'return [access, aggregate, state, fault, grantsReading].length > 0;',
      ],
    ],
    findings: ['shown'],
  },
  /** The journal shows the events of every aggregate. */
  'follow-every-aggregate': {
    file: 'worker/api/routes/events.ts',
    changes: [["if (journal === 'all') return {};", 'if (journal.length > 0) return {};']],
    findings: ['shown'],
  },
  /** A suspended tenant's commands are accepted. */
  'accept-in-a-suspended-tenant': {
    file: 'worker/commands/authorize-command.ts',
    changes: [['if (caller.suspension) return', 'if (1 > 2 && caller.suspension) return']],
    findings: ['ungranted'],
    seed: 4,
  },
  /** A blocked principal is let in. */
  'let-the-blocked-in': {
    file: 'worker/runtime/known-tenants.ts',
    changes: [
      ['if (blocked.includes(actor)) return', 'if (1 > 2 && blocked.includes(actor)) return'],
    ],
    findings: ['shown', 'ungranted'],
  },
  /** Consumers of the deployment before commit what they take for theirs: they know no other database. */
  'commit-where-the-tenant-does-not-live': {
    file: 'worker/projections/residence.ts',
    changes: [['if (lives !== here) return', 'if (1 > 2 && lives !== here) return']],
    findings: ['phantom'],
    seed: 7,
  },
  /** No batch asks whether the tenant lives in its database. */
  'assert-no-residence': {
    file: 'worker/d1/resident-sql.ts',
    changes: [
      [
        'FROM residence WHERE residence.tenant = ',
        `FROM (SELECT \${tenant} AS tenant, 'resident' AS state) AS residence WHERE residence.tenant = `,
      ],
    ],
    findings: ['phantom'],
    seed: 3,
  },
  /** A batch of the queue gives up all databases for one. */
  'give-up-all-databases-for-one': {
    file: 'worker/consumers/consume-events.ts',
    changes: [
      [
        '...found.placed.map(({ placement, streams }) => consume(invocation, placement, streams)),',
        '...[found.placed.toSorted((one, other) => other.placement.index - one.placement.index).reduce((before, { placement, streams }) => before.then(() => consume(invocation, placement, streams)), Promise.resolve())],',
      ],
      ['if (troubled.has(placement.index)) return;', 'if (troubled.size > 0) return;'],
    ],
    findings: ['unfinished'],
  },
  /** The object of a forgotten subject keeps its key. */
  'keep-the-key': {
    file: 'durable-objects/aggregate/subject-key-table.ts',
    changes: [['this.#delete();', 'void 0;']],
    findings: ['remembered'],
  },
  /** D1 keeps its copy of the key. */
  'keep-the-copy': {
    file: 'worker/projections/forgotten-copies.ts',
    changes: [['wrapped = NULL', 'wrapped = wrapped']],
    findings: ['remembered'],
  },
  /** An isolate uses a key for as long as it lives. */
  'keep-keys-for-ever': {
    file: 'worker/personal/subject-keys.ts',
    changes: [['< SUBJECT_KEY_KEPT_MS', '< Infinity']],
    findings: ['remembered'],
    seed: 13,
  },
  /** Open columns keep the names of the forgotten. */
  'keep-open-columns': {
    file: 'worker/projections/forget-open-rows.ts',
    changes: [['if (forgotten.length === 0)', 'if (forgotten.length >= 0)']],
    findings: ['remembered'],
  },
  /** A build writes rows with a key that was destroyed since it was read. */
  'write-what-was-opened-before': {
    file: 'worker/projections/versions/build-page.ts',
    changes: [['...assertSubjects(database, subjects),', '']],
    findings: ['remembered'],
  },
  /** Each attempt of an action has an idempotency key of its own. */
  'charge-under-a-new-key': {
    file: 'durable-objects/aggregate/actions/attempt.ts',
    changes: [['version, id, action]', 'version, id, action, Math.random()]']],
    findings: ['doubled'],
  },
  /** An action that was lost, or that has failed, is not attempted again. */
  'attempt-once': {
    file: 'durable-objects/aggregate/actions/action-runner.ts',
    changes: [["state !== 'parked' && dueMs <= nowMs", "state === 'parked' && dueMs <= nowMs"]],
    findings: ['unfinished'],
  },
  /** A message that comes again is executed again. */
  'execute-each-copy-of-a-message': {
    file: 'worker/inbound/handle-message.ts',
    changes: [['messageDigest(key)', 'messageDigest(key + Math.random())']],
    findings: ['doubled'],
  },
  /** A subscription leaves out the event that its target did not take. */
  'leave-out-what-fails': {
    file: 'durable-objects/subscription/delivery-round.ts',
    changes: [
      [
        'of stopped) held.hold(stream, streams.get(stream) ?? []',
        'of stopped) held.hold(stream, (streams.get(stream) ?? []).slice(1)',
      ],
    ],
    findings: ['lost'],
    seed: 2,
  },
  /** A subscription delivers the events behind one that its target did not take. */
  'pass-a-held-event': {
    file: 'durable-objects/subscription/delivery-round.ts',
    changes: [['(stream) => held.has(stream)', '(stream) => 1 > 2 && held.has(stream)']],
    findings: ['reordered'],
    seed: 8,
  },
  /** A subscription stores its place before it has delivered what is up to it. */
  'move-on-before-delivering': {
    file: 'durable-objects/subscription/delivery-round.ts',
    changes: [
      [
        'if (page) this.#take(page.events);\n    this.#lanes.push(',
        'if (page) this.#parts.row.change({ cursor: page.after });\n    if (page) this.#take(page.events);\n    this.#lanes.push(',
      ],
    ],
    findings: ['lost'],
  },
  /** A receipt is taken from a consumer that was not given it. */
  'take-receipts-of-others': {
    file: 'durable-objects/group/group-desk.ts',
    changes: [['lease.holder !== holder', '1 > 2']],
    findings: ['changed'],
  },
  /** The cron wakes no subscription that a batch has not woken. */
  'wake-only-from-the-batch': {
    file: 'worker/wake-ups/wake-subscriptions.ts',
    changes: [['first < found.length', 'first < 0 * found.length']],
    findings: ['lost'],
  },
};
