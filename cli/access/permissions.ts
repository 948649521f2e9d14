/** The permissions of each role as a Markdown text, for reviewers: one line changes where a grant changes. Pure. */
import { type CallerLimits, limitsOf } from '../../core/access/caller-limits.ts';
import type { Access, AnyCommandRule, Grants } from '../../core/access/define-access.ts';
import { type App, allAggregates } from '../../core/app.ts';
import { commandText } from '../../core/package-name.ts';

interface RoleRule {
  readonly role: string;
  readonly needs: string;
  readonly source: string;
}

type Roles<Given = Grants> = readonly (readonly [role: string, given: Given])[];

/** `source`: the path of the module with the rules. */
export function permissionsText(app: App, access: Access, source: string): string {
  const roles = Object.entries(access.roles);
  const rules = roles.flatMap(([role, grants]) => rulesOf(role, grants));
  return [
    '# Permissions',
    '',
    `Written by \`${commandText('access matrix')}\` from ${source}. What is not in a table is refused.`,
    ...section('Commands', 'command', roles, commandRows(app)),
    ...section('Reading states and streams', 'aggregate', roles, readRows(app)),
    ...section('Rows', 'table', roles, rowRows(app)),
    ...section('Everything else', 'grant', roles, otherRows),
    ...limitsSection(access),
    ...(rules.length === 0 ? [] : ['', '## Rules', ...rules.flatMap(ruleText)]),
    '',
  ].join('\n');
}

/** A row's name, and its cell for the grants of a role. */
type MatrixRow<Given = Grants> = readonly [name: string, cell: (given: Given) => string];

function section<Given>(
  title: string,
  first: string,
  roles: Roles<Given>,
  rows: readonly MatrixRow<Given>[],
): readonly string[] {
  const lines = rows
    .map(([name, cell]) => [name, ...roles.map(([, given]) => cell(given))])
    .filter(([, ...cells]) => cells.some((cell) => cell !== ''));
  if (lines.length === 0) return [];
  const heads = [first, ...roles.map(([role]) => role)];
  return ['', `## ${title}`, '', ...[heads, heads.map(() => '---'), ...lines].map(tableLine)];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function commandRows(app: App): MatrixRow[] {
  return app.aggregates.flatMap(({ name: aggregate, commands }) =>
    Object.keys(commands).map(
      (command): MatrixRow => [
        `${aggregate}/${command}`,
        ({ commands: granted }) => {
          if (granted === undefined || granted === 'all') return granted ? 'yes' : '';
          const own = granted[aggregate];
          const rule = own === undefined || own === 'all' ? own : own[command];
          if (rule === undefined) return '';
          return typeof rule === 'object' ? conditionsOf(rule) : 'yes';
        },
      ],
    ),
  );
}

function conditionsOf({ data, state }: AnyCommandRule): string {
  return [...(data ? ['data'] : []), ...(state ? ['state'] : [])].join(', ');
}

function readRows(app: App): MatrixRow[] {
  return allAggregates(app).map(({ name }) => [
    name,
    ({ read }) => {
      if (read === undefined || read === 'all') return read ? 'yes' : '';
      const rule = read[name];
      if (rule === undefined) return '';
      return rule === true ? 'yes' : 'state';
    },
  ]);
}

function rowRows(app: App): MatrixRow[] {
  const tables = app.projections.flatMap((projection) => projection.tables);
  return tables.map(({ name }) => [
    name,
    ({ rows }) => {
      if (rows === undefined || rows === 'all') return rows ?? '';
      const rule = rows[name];
      if (rule === undefined || rule === 'all') return rule ?? '';
      return Object.keys(rule).join(', ');
    },
  ]);
}

const otherRows: readonly MatrixRow[] = [
  ['journal', ({ journal = [] }) => [journal].flat().join(', ')],
  ['publications', ({ publications = [] }) => [publications].flat().join(', ')],
  ['inbound', ({ inbound = [] }) => [inbound].flat().join(', ')],
  ['inspect', ({ inspect = [] }) => inspect.join(', ')],
  ['operate', ({ operate = [] }) => operate.join(', ')],
  ['backdate', ({ backdate }) => (backdate ? 'yes' : '')],
  ['personal', ({ personal }) => (personal ? 'yes' : '')],
];

/** What holds for a principal with this role alone. */
function limitsSection(access: Access): readonly string[] {
  if (!access.limits) return [];
  const roles = Object.keys(access.roles).map((role) => [role, limitsOf(access, [role])] as const);
  const names = ['class', 'sockets', 'queries', 'polls'] as const;
  const rows = names.map((name): MatrixRow<CallerLimits> => [name, (given) => String(given[name])]);
  return section('Limits', 'limit', roles, rows);
}

function rulesOf(role: string, { commands, read, rows }: Grants): RoleRule[] {
  const found: RoleRule[] = [];
  const add = (needs: string, rule: unknown) => {
    if (rule !== undefined) found.push({ role, needs, source: sourceOf(rule) });
  };
  for (const [aggregate, own] of entriesOf(commands)) {
    for (const [command, rule] of entriesOf(own)) {
      if (rule === true) continue;
      add(`command ${aggregate}/${command}, data`, rule.data);
      add(`command ${aggregate}/${command}, state`, rule.state);
    }
  }
  for (const [aggregate, rule] of entriesOf(read)) {
    if (rule !== true) add(`read ${aggregate}, state`, rule.state);
  }
  for (const [table, rule] of entriesOf(rows)) {
    for (const [column, value] of entriesOf(rule)) add(`rows ${table}, ${column}`, value);
  }
  return found;
}

function entriesOf<Value>(
  granted: 'all' | Readonly<Record<string, Value>> | undefined,
): [string, Value][] {
  return typeof granted === 'object' ? Object.entries(granted) : [];
}

function sourceOf(rule: unknown): string {
  return typeof rule === 'function' ? String(rule) : JSON.stringify(rule);
}

function ruleText({ role, needs, source }: RoleRule): readonly string[] {
  return ['', `### ${role}: ${needs}`, '', '```js', source, '```'];
}
