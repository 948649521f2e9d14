/** What is done with tenants: provisioned, listed page by page, changed, erased part by part. */
import {
  type ErasureProgress,
  erasureProgress,
  type ListedTenantView,
  type TenantView,
  tenantPage,
  tenantView,
} from '../../core/operator-shapes/tenant.ts';
import type { Conclusion } from './command-line.ts';
import { columns, countText, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

/** The service's own. */
const PAGE_MAX = 100;

/** `database`: left out, the service's first. */
export async function provision(
  server: Server,
  input: { readonly tenant: string; readonly note: string; readonly database?: string },
): Promise<Conclusion> {
  const answer = await ask(server, { method: 'POST', path: '/v1/tenants', input }, tenantView);
  return shown(answer);
}

export async function show(server: Server, tenant: string): Promise<Conclusion> {
  return shown(await ask(server, { method: 'GET', path: pathOf(tenant) }, tenantView));
}

/** `operation`: as in its address. */
export async function change(
  server: Server,
  tenant: string,
  operation: string,
  input: object,
): Promise<Conclusion> {
  const path = `${pathOf(tenant)}/${operation}`;
  return shown(await ask(server, { method: 'POST', path, input }, tenantView));
}

export async function erase(server: Server, tenant: string): Promise<Conclusion> {
  const path = `${pathOf(tenant)}/erase`;
  let answer: ErasureProgress;
  do answer = await ask(server, { method: 'POST', path }, erasureProgress);
  while (!answer.done);
  return { ok: true, text: `${tenant} is erased: ${countsText(answer.counts)}.`, answer };
}

function countsText(counts: ErasureProgress['counts']) {
  const { streams, subjects, events, rows, deadLetters, keys, objects } = counts;
  const replaced = `${countText(objects, 'object')} of R2 replaced, deleted 31 days later`;
  return [
    ...[countText(streams, 'stream'), countText(events, 'event'), countText(rows, 'row')],
    ...[countText(deadLetters, 'dead letter'), countText(keys, 'revoked key')],
    ...(subjects > 0 ? [countText(subjects, 'destroyed subject key')] : []),
    ...(objects > 0 ? [replaced] : []),
  ].join(', ');
}

function shown(answer: TenantView): Conclusion {
  const { tenant, status, note, database, jurisdiction } = answer;
  const { suspension, brake, quotas, blocked, eraseAt, erased } = answer;
  const lines = [
    `${tenant} is ${status}.`,
    note && `note: ${oneLine(note, NOTE_CHARACTERS_MAX)}`,
    `database: ${database}${jurisdiction === null ? '' : `, jurisdiction ${jurisdiction}`}`,
    suspension &&
      `suspended (${suspension.mode}): ${oneLine(suspension.reason, NOTE_CHARACTERS_MAX)}`,
    brake &&
      `brake: ${countText(brake.rate, 'request')} in 10 seconds: ${oneLine(brake.reason, NOTE_CHARACTERS_MAX)}`,
    ...Object.entries(quotas).map(([counter, quota]) => `quota of ${counter}: ${quota}`),
    blocked.length > 0 && `blocked: ${blocked.join(', ')}`,
    eraseAt && `its data is erased from ${eraseAt} on`,
    erased && `erased: ${countsText(erased)}`,
  ];
  return { ok: true, text: lines.filter(Boolean).join('\n'), answer };
}

export async function list(server: Server, limit: number): Promise<Conclusion> {
  const found: ListedTenantView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const page = await ask(server, { method: 'GET', path: '/v1/tenants', query }, tenantPage);
    found.push(...page.tenants);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const text = found.length === 0 ? 'No tenant was provisioned.' : `${tableOf(found)}${more}`;
  return { ok: true, text, answer: { tenants: found, more: cursor !== undefined } };
}

const HEAD = [
  'tenant',
  'database',
  'status',
  'blocked',
  'erased from',
  'provisioned',
  'by',
  'note',
];
const NOTE_CHARACTERS_MAX = 60;

function tableOf(tenants: readonly ListedTenantView[]): string {
  const rows = tenants.map((one) => [
    ...[one.tenant, one.database, one.suspension ? one.suspension.mode : one.status],
    ...[String(one.blocked.length), one.eraseAt ?? '-', one.provisionedAt, one.provisionedBy],
    oneLine(one.note, NOTE_CHARACTERS_MAX) || '-',
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

function pathOf(tenant: string): string {
  return `/v1/tenants/${encodeURIComponent(tenant)}`;
}
