/**
 * The deep health check: it checks everything that an event needs on its way to the read models. A failed check has its
 * cause and its remedy. A check that could not be made fails.
 */

import { explainFailure } from '../../core/failures/explain-failure.ts';
import { incidentCount } from '../../core/failures/incident.ts';
import { MissingPersonalKey } from '../../core/failures/missing-personal-key.ts';
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { commandText } from '../../core/package-name.ts';
import { hasPersonalData } from '../../core/personal-data.ts';
import { definedGenerations } from '../../core/plan/projection-version.ts';
import { rateBindings } from '../../core/protocol/rate-limits.ts';
import { personalSecrets } from '../access/secrets.ts';
import { databaseLimit } from '../d1/database-size.ts';
import { machineryTables } from '../d1/machinery-tables.ts';
import { incidentSummary } from '../incidents/incidents.ts';
import { fitToCode } from '../projections/fit-to-code.ts';
import { physicalTables } from '../projections/row-statements.ts';
import { currentServingSet } from '../projections/serving-set.ts';
import { missingTables } from '../projections/table-check.ts';
import { projectionStatus } from '../projections/versions/status.ts';
import { type Projector, projectorFor } from '../projector/projector.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** Our value: enough time to make room before writes fail. */
const FULL_AT = 0.9;

export interface ReadinessCheck {
  readonly name:
    | 'database'
    | 'space'
    | 'tables'
    | 'projections'
    | 'incidents'
    | 'dead-letters'
    | 'dead-letter-queue'
    | 'personal-key'
    | 'rate-limits';
  /** Where there are several. */
  readonly database?: string;
  readonly ok: boolean;
  readonly cause?: string;
  readonly remedy?: string;
}

type Finding = { readonly cause: string; readonly remedy: string } | undefined;

const MIGRATE = `Run \`${commandText('migrations')}\` and apply them.`;

/** `database`: of the check, where there are several. */
interface Check {
  readonly name: ReadinessCheck['name'];
  readonly database?: string;
  readonly look: () => Promise<Finding>;
}

export async function readiness(machinery: Machinery, env: LedgeEnv): Promise<ReadinessCheck[]> {
  const placements = machinery.databases.all(env);
  const checks: readonly Check[] = [
    ...placements.flatMap((placement) =>
      ofDatabase(projectorFor(machinery, env, placement), env).map((check) => ({
        ...check,
        ...(placements.length > 1 && { database: placement.name }),
      })),
    ),
    { name: 'incidents', look: () => incidents(env) },
    { name: 'personal-key', look: async () => personalKey(machinery, env) },
  ];
  const checked = await Promise.all(
    checks.map(async ({ look, ...check }) => {
      const found = await look().catch(explainFailure);
      return { ...check, ok: found === undefined, ...found };
    }),
  );
  // Does what it has to without them: what is missing is named, and nothing fails.
  return [...checked, { name: 'rate-limits', ok: true, ...unlimitedRates(env) }];
}

function ofDatabase(projector: Projector, env: LedgeEnv): Check[] {
  return [
    { name: 'database', look: () => reachable(projector) },
    { name: 'space', look: () => space(projector, env) },
    { name: 'tables', look: () => tables(projector) },
    { name: 'projections', look: () => projections(projector) },
    { name: 'dead-letters', look: () => deadLetters(projector) },
    { name: 'dead-letter-queue', look: () => deadLetterQueue(projector) },
  ];
}

function unlimitedRates(env: LedgeEnv): Finding {
  const missing = rateBindings.filter((name) => !env[name]);
  if (missing.length === 0) return undefined;
  return {
    cause: `Nothing is limited by ${missing.join(', ')}: the bindings are missing.`,
    remedy: 'Add them to ratelimits of the wrangler configuration: see docs/access.md.',
  };
}

/** Commands with personal data are refused without it, and answers that would show some. */
function personalKey({ app }: Machinery, env: LedgeEnv): Finding {
  if (!hasPersonalData(app) || personalSecrets(env).length > 0) return undefined;
  return {
    cause: new MissingPersonalKey().message,
    remedy: 'Put the secret: see docs/personal-data.md.',
  };
}

async function reachable({ database }: Projector): Promise<Finding> {
  await database.prepare('SELECT 1').first();
  return undefined;
}

/** D1 returns the size of the database with each result. */
async function space({ database }: Projector, env: LedgeEnv): Promise<Finding> {
  const { meta } = await database.prepare('SELECT 1').all();
  const share = meta.size_after / databaseLimit(env);
  if (share < FULL_AT) return undefined;
  return {
    cause: `D1 is ${Math.round(share * 100)} % full.`,
    remedy: 'Drop versions of projections that are no longer needed, or move to a larger database.',
  };
}

async function tables(projector: Projector): Promise<Finding> {
  const models = definedGenerations(projector.app).flatMap(physicalTables);
  const missing = await missingTables(projector, [...machineryTables(), ...models]);
  if (missing.length === 0) return undefined;
  return { cause: `Tables are missing in D1: ${missing.join(', ')}.`, remedy: MIGRATE };
}

async function projections(projector: Projector): Promise<Finding> {
  await fitToCode(projector, await currentServingSet(projector.database));
  const status = await projectionStatus(projector);
  const failing = status.filter(isFailing);
  if (failing.length === 0) return undefined;
  const words = failing.map(
    ({ name, state, lastError }) => `${name} is ${state} (${lastError ?? ''})`,
  );
  return {
    cause: `Projections do not serve what the code defines: ${words.join('; ')}.`,
    remedy: `See \`${commandText('projections')}\`; a build under way only needs time.`,
  };
}

/**
 * A version that the code no longer defines may be `inactive`. A defined one has to be live, or serve while it is
 * rebuilt.
 */
function isFailing({ version, state }: ProjectionStatus): boolean {
  return version !== null && state !== 'live' && state !== 'rebuilding';
}

async function incidents(env: LedgeEnv): Promise<Finding> {
  const summary = await incidentSummary(env);
  const count = incidentCount(summary);
  if (count === 0) return undefined;
  const [group] = summary.deliveries;
  return {
    cause: `${count} incidents: ${group ? `streams of ${group.aggregate}: ${group.cause}` : 'see the list.'}`,
    remedy: group?.remedy ?? 'See `GET /v1/incidents`.',
  };
}

async function deadLetters(projector: Projector): Promise<Finding> {
  const parked = await parkedCount(projector, "generation <> ''");
  if (parked === 0) return undefined;
  return {
    cause: `${parked} events are parked: projections or inbounds cannot take them.`,
    remedy: `See \`${commandText('dead-letters')}\`: correct the handler and redrive, or discard.`,
  };
}

/** The consumer of the dead-letter queue records the messages that the queue gave up on. */
async function deadLetterQueue(projector: Projector): Promise<Finding> {
  const given = await parkedCount(projector, "generation = ''");
  if (given === 0) return undefined;
  return {
    cause: `The queue has given up on ${given} messages.`,
    remedy: `See \`${commandText('dead-letters')}\`: redrive, or discard a message that is not one of Ledge's.`,
  };
}

async function parkedCount({ database }: Projector, which: string): Promise<number> {
  const found = await database
    .prepare(`SELECT count(*) AS parked FROM dead_letter WHERE status = 'parked' AND ${which}`)
    .first<{ parked: number }>();
  return found?.parked ?? 0;
}
