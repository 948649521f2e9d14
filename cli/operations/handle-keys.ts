/** What is done with API keys: issued, listed page by page, rotated and revoked. */
import {
  apiKeyPage,
  apiKeyView,
  type ListedApiKey,
  type ShownApiKey,
} from '../../core/operator-shapes/api-key.ts';
import type { Conclusion } from './command-line.ts';
import { issueKey, keyPath, rotateKey } from './issue-key.ts';
import { columns, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export interface KeyGrant {
  readonly principal: string;
  readonly tenant?: string | undefined;
  readonly roles: readonly string[];
  readonly claims?: object;
  readonly expiresAt: string | null;
  readonly note: string;
}

/** The service's own. */
const PAGE_MAX = 100;

export async function create(server: Server, input: KeyGrant): Promise<Conclusion> {
  const answer = await issueKey(server, input);
  const { id, principal, tenant } = answer;
  return shown(answer, `The key ${id} is issued for ${principal} of the tenant ${tenant}.`);
}

export async function rotate(server: Server, id: string, graceMs: number): Promise<Conclusion> {
  const answer = await rotateKey(server, id, graceMs);
  return shown(
    answer,
    `The key ${id} is rotated. The old one works until ${answer.previousUntil}.`,
  );
}

function shown(answer: ShownApiKey, text: string): Conclusion {
  return { ok: true, text: `${text} It is shown this once:\n${answer.key}`, answer };
}

export async function revoke(server: Server, id: string, reason: string): Promise<Conclusion> {
  const path = keyPath(id, 'revoke');
  const answer = await ask(server, { method: 'POST', path, input: { reason } }, apiKeyView);
  return { ok: true, text: `The key ${id} is revoked; within 10 seconds it is refused.`, answer };
}

export async function list(server: Server, limit: number): Promise<Conclusion> {
  const found: ListedApiKey[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const page = await ask(server, { method: 'GET', path: '/v1/keys', query }, apiKeyPage);
    found.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const text = found.length === 0 ? 'No key was issued.' : `${keyTable(found)}${more}`;
  return { ok: true, text, answer: { keys: found, more: cursor !== undefined } };
}

const HEAD = ['id', 'status', 'tenant', 'principal', 'roles', 'issued', 'expires', 'note'];
const NOTE_CHARACTERS_MAX = 60;

function keyTable(keys: readonly ListedApiKey[]): string {
  const rows = keys.map(({ id, status, tenant, principal, roles, issuedAt, expiresAt, note }) => [
    ...[id, status, tenant, principal, roles.join(',') || '-', issuedAt, expiresAt ?? 'never'],
    oneLine(note, NOTE_CHARACTERS_MAX) || '-',
  ]);
  return columns([HEAD, ...rows]).join('\n');
}
