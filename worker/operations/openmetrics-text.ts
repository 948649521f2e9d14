/** Metrics as text: OpenMetrics 1.0, github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md. Pure. */

export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  /** Finite. */
  readonly value: number;
}

export interface MetricFamily {
  /** Ends in `_unit` where it has one; without the `_total` of a counter's samples. */
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'stateset';
  readonly unit?: string;
  readonly help: string;
  /** Empty where nothing is known. */
  readonly samples: readonly Sample[];
}

export function openMetricsText(families: readonly MetricFamily[]): string {
  return [...families.flatMap(linesOf), '# EOF', ''].join('\n');
}

function linesOf({ name, type, unit, help, samples }: MetricFamily): string[] {
  const sampled = type === 'counter' ? `${name}_total` : name;
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels = {}, value }) => `${sampled}${labelsText(labels)} ${value}`),
  ];
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
