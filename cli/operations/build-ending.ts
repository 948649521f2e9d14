/** Whether a build has ended, and how: read off two looks at its projection. Pure. */
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { commandText } from '../../core/package-name.ts';
import { findGeneration, type GenerationId, servingVersion } from './find-generation.ts';
import { generationLabel, generationText, isSame, reportTable } from './status-text.ts';

export interface BuildEnding {
  readonly ok: boolean;
  readonly text: string;
}

/** `before` is the look in which the build was last seen. Undefined while it goes on. */
export function endingOf(
  id: GenerationId,
  before: ProjectionStatus,
  now: ProjectionStatus,
): BuildEnding | undefined {
  const label = generationLabel(now, id);
  const generation = findGeneration(now, id);
  if (!generation) return tookThePlaceOfLive(id, before, now) ? served(id, now) : cancelled(label);
  switch (generation.state) {
    case 'catching-up':
      return undefined;
    case 'live':
      return served(id, now);
    case 'verified':
      return verdict(label, generation.report ?? []);
    case 'stopped':
      return { ok: false, text: `${generationText(now, generation)}${hint(now.name)}` };
    case 'paused':
    case 'inactive':
      return { ok: false, text: generationText(now, generation) };
  }
}

/** A build beside the primary rows is absent once it has replaced them, and also when it was cancelled. */
function tookThePlaceOfLive(
  { database, version, purpose }: GenerationId,
  before: ProjectionStatus,
  now: ProjectionStatus,
): boolean {
  const primary = { database, version, purpose: 'primary' } as const;
  const [was, is] = [findGeneration(before, primary), findGeneration(now, primary)];
  return purpose === 'rebuild' && is?.state === 'live' && is.changedAt !== was?.changedAt;
}

function served({ database, version }: GenerationId, now: ProjectionStatus): BuildEnding {
  const serving = servingVersion(now, database);
  const text = serving === version ? 'serves' : `is live; version ${serving ?? '-'} serves`;
  const label = generationLabel(now, { database, version, purpose: 'primary' });
  return { ok: true, text: `${label} ${text}.` };
}

function cancelled(label: string): BuildEnding {
  return { ok: false, text: `${label}: cancelled.` };
}

function verdict(label: string, report: Parameters<typeof reportTable>[0]): BuildEnding {
  const ok = report.length > 0 && report.every(isSame);
  const text = ok ? 'The tables equal the journal.' : 'The tables differ from the journal.';
  return { ok, text: `${label}\n${reportTable(report)}\n${text}` };
}

function hint(projection: string): string {
  return `\nThe events that it rejected: ${commandText(`dead-letters --projection ${projection}`)}`;
}

/** How a projection rests that nothing is being built of. */
export function restingText(status: ProjectionStatus): BuildEnding {
  const { name, generations } = status;
  const halted = generations.filter(
    ({ state, serving }) =>
      state === 'stopped' || state === 'paused' || (state === 'inactive' && serving),
  );
  if (halted.length > 0) {
    const texts = halted.map((one) => generationText(status, one));
    return { ok: false, text: texts.join('\n') };
  }
  const serving = status.serving === null ? 'nothing' : `version ${status.serving}`;
  return {
    ok: status.serving !== null,
    text: `${name}: ${serving} serves, nothing is being built.`,
  };
}
