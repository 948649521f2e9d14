/** The text of metrics is OpenMetrics 1.0, whatever the names are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MetricFamily, openMetricsText } from '../../worker/operations/openmetrics-text.ts';
import { readOpenMetrics } from '../workers/support/openmetrics.ts';

const one: MetricFamily = {
  ...{ name: 'ledge_a_bytes', type: 'gauge', unit: 'bytes', help: 'A.' },
  samples: [{ labels: { of: 'x' }, value: 1.5 }],
};

test('MX6 a family is its type, its unit, its help and its samples', () => {
  const counter: MetricFamily = {
    ...{ name: 'ledge_b', type: 'counter', help: 'B\\ "b"\n' },
    samples: [{ value: 3 }],
  };
  expect(openMetricsText([one, counter])).toBe(
    `# TYPE ledge_a_bytes gauge
# UNIT ledge_a_bytes bytes
# HELP ledge_a_bytes A.
ledge_a_bytes{of="x"} 1.5
# TYPE ledge_b counter
# HELP ledge_b B\\\\ \\"b\\"\\n
ledge_b_total 3
# EOF
`,
  );
});

test('MX6 any text of a label comes back as it was, and any number', () => {
  // A minus in front of zero is no other number.
  const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0);
  const value = fc.oneof(double, fc.integer());
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value, (of, number) => {
      fc.pre(!of.includes('\r'));
      const text = openMetricsText([{ ...one, samples: [{ labels: { of }, value: number }] }]);
      const [sample] = readOpenMetrics(text).get('ledge_a_bytes')?.samples ?? [];
      expect(sample).toEqual({ name: 'ledge_a_bytes', labels: { of }, value: number });
    }),
  );
});

test.each([
  ['no end', '# TYPE a gauge\na 1\n'],
  ['a text behind the end', '# TYPE a gauge\na 1\n# EOF\na 1\n'],
  ['a family twice', '# TYPE a gauge\na 1\n# TYPE a gauge\n# EOF\n'],
  ['a unit that is no suffix', '# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n'],
  ['a counter without its suffix', '# TYPE a counter\na 1\n# EOF\n'],
  ['a label without quotes', '# TYPE a gauge\na{b=c} 1\n# EOF\n'],
  ['two samples of one set', '# TYPE a gauge\na 1\na 2\n# EOF\n'],
  ['a sample of another family', '# TYPE a gauge\nb 2\n# EOF\n'],
  ['a comment', '# TYPE a gauge\n# A comment.\n# EOF\n'],
  ['no number', '# TYPE a gauge\na one\n# EOF\n'],
])('MX6 the reader of these tests refuses %s', (_what, text) => {
  expect(() => readOpenMetrics(text)).toThrow();
});
