/** Findings for people: how many of each kind, and the first of them in words. */
import type { Finding } from './finding.ts';

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing was found.';
  const kinds = [...Map.groupBy(findings, ({ kind }) => kind)];
  const counts = kinds.map(([kind, own]) => `${own.length} ${kind}`).join(', ');
  const listed = findings.slice(0, LISTED_MAX).map(({ kind, where, detail }) => {
    return `  ${kind} ${where}: ${detail}`;
  });
  const more = findings.length - listed.length;
  return [`${counts}:`, ...listed, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}
