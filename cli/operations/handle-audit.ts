/** What is read of the audit trail: a day, page by page, each operation with its outcome. */
import { type AuditEntry, auditPage } from '../../core/operator-shapes/audit.ts';
import type { Conclusion } from './command-line.ts';
import { columns, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

/** The service's own. */
const PAGE_MAX = 500;

export interface AuditFlags {
  readonly day?: string;
  readonly limit: number;
}

/** `limit` counts events: an operation has two. */
export async function show(server: Server, { day, limit }: AuditFlags): Promise<Conclusion> {
  const entries: AuditEntry[] = [];
  let cursor: string | undefined;
  let shownDay = day ?? '';
  do {
    const query = { day, cursor, limit: String(Math.min(limit - entries.length, PAGE_MAX)) };
    const page = await ask(server, { method: 'GET', path: '/v1/audit', query }, auditPage);
    entries.push(...page.entries);
    shownDay = page.day;
    cursor = page.cursor;
  } while (cursor !== undefined && entries.length < limit);
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const text = entries.length === 0 ? `No operation on ${shownDay}.` : `${table(entries)}${more}`;
  return { ok: true, text, answer: { day: shownDay, entries, more: cursor !== undefined } };
}

const HEAD = ['at', 'outcome', 'actor', 'credential', 'target', 'reason'];
const REASON_CHARACTERS_MAX = 60;

function table(entries: readonly AuditEntry[]): string {
  const outcomes = new Map(
    entries.flatMap((entry) =>
      entry.type === 'OperationDone' ? [[entry.request, `${entry.outcome} (${entry.status})`]] : [],
    ),
  );
  const rows = entries.flatMap((entry) => {
    if (entry.type === 'OperationDone') return [];
    const { at, request, actor, credential, target, reason } = entry;
    const outcome = outcomes.get(request) ?? 'without an end';
    return [
      [at, outcome, actor, credential, target, oneLine(reason ?? '', REASON_CHARACTERS_MAX) || '-'],
    ];
  });
  return columns([HEAD, ...rows]).join('\n');
}
