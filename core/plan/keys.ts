/**
 * The keys under which D1 knows generations, builds and dead letters. Each function has its SQL beside it, so that no
 * statement spells a key itself: the arguments of those are SQL expressions.
 */

export type GenerationKey = `${string}@${number}`;

/** What checkpoints and dead letters call one version of a projection. */
export function generationKey(generation: {
  readonly name: string;
  readonly version: number;
}): GenerationKey {
  return `${generation.name}@${generation.version}`;
}

/** The same for a build beside the live rows, which has dead letters of its own. */
export function buildKey(build: {
  readonly projection: string;
  readonly version: number;
  readonly purpose: 'primary' | 'rebuild' | 'verify';
}): string {
  const key = generationKey({ name: build.projection, version: build.version });
  return build.purpose === 'primary' ? key : `${key}+${build.purpose}`;
}

/** Of a row of table `generation`. */
export function buildKeySql(row: string): string {
  const purpose = `CASE ${row}.purpose WHEN 'primary' THEN '' ELSE '+' || ${row}.purpose END`;
  return `(${row}.projection || '@' || ${row}.version || ${purpose})`;
}

/** Whether a key is of a projection, whichever version and build: an index can answer it. `A` comes after `@`. */
export function isKeyOfSql(key: string, projection: string): string {
  return `(${key} >= ${projection} || '@' AND ${key} < ${projection} || 'A')`;
}

/**
 * A dead letter is about one event and one generation, so that the same failure is the same dead letter. For a stream's
 * own delivery that failed, `generation` is empty.
 */
export function deadLetterId(
  generation: string,
  event: { readonly stream: string; readonly version: number },
): string {
  return `${generation}/${event.stream}@${event.version}`;
}

export function deadLetterIdSql(generation: string, stream: string, version: string): string {
  return `((${generation}) || '/' || (${stream}) || '@' || (${version}))`;
}

/** Ids of a generation and its builds; also of versions with more digits. An index can answer it. */
export function isLetterNearSql(id: string, generation: string): string {
  return `(${id} >= ${generation} AND ${id} < ${generation} || 'A')`;
}
