/**
 * The keys of generations, builds and dead letters in D1. Each function has an SQL counterpart, whose arguments are SQL
 * expressions, so that no statement builds a key itself.
 */

export type GenerationKey = `${string}@${number}`;

/** The key of one version of a projection, in checkpoints and dead letters. */
export function generationKey(generation: {
  readonly name: string;
  readonly version: number;
}): GenerationKey {
  return `${generation.name}@${generation.version}`;
}

/** The key of a rebuild or verification, which has dead letters of its own. */
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

/**
 * Whether a key belongs to a projection, in any version or build. `A` is the character after `@`, so that an index can
 * answer it.
 */
export function isKeyOfSql(key: string, projection: string): string {
  return `(${key} >= ${projection} || '@' AND ${key} < ${projection} || 'A')`;
}

/**
 * A dead letter belongs to one event and one generation, so that a repeated failure is the same dead letter. For a
 * failed delivery of a stream, `generation` is empty.
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

/** Ids of a generation and its builds, and of versions that begin with the same digits. An index can answer it. */
export function isLetterNearSql(id: string, generation: string): string {
  return `(${id} >= ${generation} AND ${id} < ${generation} || 'A')`;
}
