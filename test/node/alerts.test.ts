/** The table of alerts in docs/operations.md is that of the code. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { alertNames, alerts } from '../../core/failures/alerts.ts';

const documented = readFileSync('docs/operations.md', 'utf8').split('\n');

test.each(alertNames)('MX1 %s is documented with its cause and what to do', (name) => {
  const { level, of, cause, remedy } = alerts[name];
  expect(documented).toContain(`| \`${name}\` | ${level}, ${of} | ${cause} | ${remedy} |`);
});
