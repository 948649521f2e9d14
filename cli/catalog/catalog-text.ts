/** The catalog as Markdown: the same text for the same definitions, so that a review shows what changes. Pure. */
import type {
  Catalog,
  CatalogDefinition,
  CatalogPublication,
} from '../../core/catalog/catalog-shape.ts';
import type { ConsumerContract } from '../../core/catalog/consumer-contract.ts';
import { commandText } from '../../core/package-name.ts';
import { changesText, descriptionText, fieldsText } from './field-text.ts';
import { codeList, codeText, tableText } from './markdown.ts';

/** `contracts`: of the consumers that are known by name. */
export function catalogText(catalog: Catalog, contracts: readonly ConsumerContract[] = []): string {
  return [
    '# Catalog',
    '',
    INTRODUCTION,
    ...catalog.aggregates.flatMap(aggregateText),
    ...sectionText(
      'Projections',
      ['projection', 'version', 'handles', 'read as'],
      [
        ...catalog.projections.map(({ name, version, handles, tables, queries }) => [
          ...[
            codeText(name),
            String(version),
            namesText(handles),
            codeList([...tables, ...queries]),
          ],
        ]),
      ],
    ),
    ...sectionText('Reactors', ['reactor', 'handles', 'sends'], catalog.reactors.map(processLine)),
    ...sectionText(
      'Sagas',
      ['saga', 'version', 'started by', 'handles', 'sends'],
      [
        ...catalog.sagas.map(({ name, version, startedBy, handles, sends }) => [
          ...[codeText(name), String(version), namesText(startedBy), namesText(handles)],
          sendsText(sends),
        ]),
      ],
    ),
    ...sectionText(
      'Actions',
      ['action', 'handles', 'sends', 'opens'],
      catalog.actions.map((action) => [
        ...processLine(action),
        action.opens ? 'personal fields' : 'nothing',
      ]),
    ),
    ...catalog.publications.flatMap((publication) => publicationText(publication, contracts)),
    ...catalog.inbound.flatMap(inboundText),
    ...sectionText(
      'Schedules',
      ['schedule', 'cron', 'time zone', 'missed', 'sends'],
      catalog.schedules.map(({ name, cron, timeZone, missed, sends }) => [
        ...[codeText(name), codeText(cron), timeZone, codeText(missed), sendsText(sends)],
      ]),
    ),
    '',
  ].join('\n');
}

const INTRODUCTION = `Written by \`${commandText('catalog')}\` from the definitions of the app. What handles an event is known. What a handler sends is
known only where its definition declares it with \`sends\`; a command may also come from callers and from timers.`;

type Names = Readonly<Record<string, readonly string[]>>;

function sectionText(
  title: string,
  heads: readonly string[],
  lines: readonly (readonly string[])[],
): readonly string[] {
  return lines.length === 0 ? [] : ['', `## ${title}`, ...tableText(heads, lines)];
}

function processLine({ name, handles, sends }: Catalog['reactors'][number]): readonly string[] {
  return [codeText(name), namesText(handles), sendsText(sends)];
}

function sendsText(sends: Names | undefined): string {
  if (sends === undefined) return 'not declared';
  return namesText(sends) || 'nothing';
}

/** `order/OrderPlaced`, as commands and events are named elsewhere. */
function namesText(names: Names): string {
  return codeList(
    Object.entries(names).flatMap(([aggregate, own]) => own.map((name) => `${aggregate}/${name}`)),
  );
}

function definitionsText(definitions: readonly CatalogDefinition[]): string {
  return definitions.map(({ kind, name }) => `${kind} ${codeText(name)}`).join(', ');
}

function aggregateText({ name, commands, events }: Catalog['aggregates'][number]): string[] {
  return [
    ...['', `## Aggregate ${codeText(name)}`],
    ...commands.flatMap((command) => [
      ...['', `### Command ${codeText(command.name)}`],
      ...descriptionText(command.schema),
      ...(command.sentBy.length > 0 ? ['', `Sent by ${definitionsText(command.sentBy)}.`] : []),
      ...fieldsText(command.schema),
    ]),
    ...events.flatMap(eventText),
  ];
}

function eventText({
  type,
  ends,
  versions,
  handledBy,
}: Catalog['aggregates'][number]['events'][number]): string[] {
  const newest = versions.at(-1);
  const handled = handledBy.length > 0 ? `by ${definitionsText(handledBy)}` : 'by no definition';
  return [
    ...['', `### Event ${codeText(type)}, version ${newest?.version ?? 1}`],
    ...descriptionText(newest?.schema ?? {}),
    ...['', `Handled ${handled}.${ends ? ' Ends its stream.' : ''}`],
    ...fieldsText(newest?.schema ?? {}),
    ...changesText(versions),
  ];
}

function publicationText(
  { name, startsAt, compatibility, handles, events }: CatalogPublication,
  contracts: readonly ConsumerContract[],
): string[] {
  const own = contracts.filter(({ publication }) => publication === name);
  return [
    ...['', `## Publication ${codeText(name)}`, ''],
    `Made of ${namesText(handles)}. Starts ${startsAt === 'now' ? 'with its first deployment' : 'at the beginning'}; changes are ${compatibility} compatible.`,
    ...events.flatMap(({ type, versions }) => [
      ...versions.flatMap(({ version, deprecated, schema }) => {
        const users = usersOf(own, { type, version });
        return [
          ...['', `### Public event ${codeText(type)}, version ${version}`],
          ...descriptionText(schema),
          ...(deprecated === undefined
            ? []
            : ['', `**Deprecated**, promised until ${deprecated}.`]),
          ...(users.length > 0 ? ['', `Used by ${users.join(', ')}.`] : []),
          ...fieldsText(schema),
        ];
      }),
      ...changesText(versions),
    ]),
  ];
}

function usersOf(
  contracts: readonly ConsumerContract[],
  { type, version }: { readonly type: string; readonly version: number },
): string[] {
  return contracts
    .filter(({ events }) => events.some((use) => use.type === type && use.version === version))
    .map(({ consumer }) => consumer)
    .toSorted();
}

const VERIFIED: Readonly<Record<Catalog['inbound'][number]['verify'], string>> = {
  'standard-webhook': 'a signature of Standard Webhooks',
  hmac: 'an HMAC of the body',
  credential: 'a credential',
};

function inboundText({ name, verify, schema, sends }: Catalog['inbound'][number]): string[] {
  return [
    ...['', `## Inbound ${codeText(name)}`],
    ...descriptionText(schema),
    ...['', `Verified by ${VERIFIED[verify]}. Sends: ${sendsText(sends)}.`],
    ...fieldsText(schema),
  ];
}
