/**
 * Reads an exposition by the grammar of the OpenMetrics 1.0 specification, section Text format, and holds it to the rules
 * beside the grammar: one family a name and not interleaved, units as suffixes, escapes, whole numbers without a point.
 */

export interface ReadFamily {
  readonly type: string;
  readonly unit: string | undefined;
  readonly samples: ReadSample[];
}

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const TYPES = 'counter|gauge|histogram|gaugehistogram|stateset|info|summary|unknown';
const ESCAPED = String.raw`(?:[^\n"\\]|\\["n\\])*`;
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="${ESCAPED}"`;
const NUMBER = String.raw`[-+]?(?:\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\d*\.\d+(?:[eE][-+]?\d+)?)`;

const TYPE_LINE = new RegExp(`^# TYPE (${NAME}) (${TYPES})$`);
const UNIT_LINE = new RegExp(`^# UNIT (${NAME}) ([a-zA-Z0-9_:]*)$`);
const HELP_LINE = new RegExp(`^# HELP (${NAME}) (${ESCAPED})$`);
const SAMPLE_LINE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL}(?:,${LABEL})*)?)\\})? (${NUMBER})$`);

/** What a sample's name adds to its family's, of the types that are read here. */
const SUFFIXES: Readonly<Record<string, string>> = { counter: '_total', gauge: '', stateset: '' };

/** @throws where the text is not one of OpenMetrics */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('# EOF\n') || text.includes('\r'))
    throw new Error('It does not end in # EOF.');
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, typed, type = ''] = TYPE_LINE.exec(line) ?? [];
    if (typed !== undefined) {
      if (families.has(typed)) throw new Error(`A second family ${typed}.`);
      families.set(typed, { type, unit: undefined, samples: [] });
      current = typed;
      continue;
    }
    const family = families.get(current);
    if (!family) throw new Error(`A line before its family: ${line}`);
    const [, metadata = UNIT_LINE.exec(line)?.[1]] = HELP_LINE.exec(line) ?? [];
    if (metadata !== undefined) {
      const kind = line.slice(0, 6);
      if (metadata !== current || family.samples.length > 0) throw new Error(`Misplaced: ${line}`);
      if (seen.has(kind + current)) throw new Error(`Twice: ${line}`);
      seen.add(kind + current);
      const unit = UNIT_LINE.exec(line)?.[2];
      if (unit && !current.endsWith(`_${unit}`)) throw new Error(`No suffix: ${line}`);
      if (unit) families.set(current, { ...family, unit });
      continue;
    }
    family.samples.push(sampleOf(line, current + SUFFIXES[family.type]));
  }
  for (const [name, family] of families) requireDistinct(name, family);
  return families;
}

function sampleOf(line: string, expected: string): ReadSample {
  const [, name = '', labels = '', value = ''] = SAMPLE_LINE.exec(line) ?? [];
  if (name !== expected) throw new Error(`No sample of ${expected}: ${line}`);
  const pairs = [...labels.matchAll(new RegExp(`([a-zA-Z0-9_]+)="(${ESCAPED})"`, 'g'))];
  const read = pairs.map(([, label = '', text = '']) => [label, unescaped(text)] as const);
  if (new Set(read.map(([label]) => label)).size !== read.length) throw new Error(`Twice: ${line}`);
  return { name, labels: Object.fromEntries(read), value: Number(value) };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_all, one: string) => (one === 'n' ? '\n' : one));
}

function requireDistinct(name: string, { type, samples }: ReadFamily): void {
  const sets = samples.map(({ labels }) => JSON.stringify(Object.entries(labels).sort()));
  if (new Set(sets).size !== sets.length) throw new Error(`Two samples of one set in ${name}.`);
  if (type === 'counter' && samples.some(({ value }) => value < 0)) throw new Error(name);
  if (type !== 'stateset') return;
  if (samples.some(({ labels, value }) => labels[name] === undefined || ![0, 1].includes(value)))
    throw new Error(`No state: ${name}`);
}
