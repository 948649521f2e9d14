/** What `ledge dev` prints once the server answers: how to use this app, read off its own OpenAPI document. Pure. */
import * as z from 'zod';
import { commandText } from '../../core/package-name.ts';
import { sampleInput } from './sample-input.ts';

export const apiDocument = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

export type ApiDocument = z.output<typeof apiDocument>;

export interface ServedAddress {
  readonly origin: string;
  /** The address that is listened on, where others can reach it. */
  readonly openIp: string | undefined;
  /** Whether the project's assets have the console. */
  readonly hasConsole: boolean;
  /** Names of the pages that are served. */
  readonly pages: readonly string[];
}

export function welcome(
  { origin, openIp, hasConsole, pages }: ServedAddress,
  document: ApiDocument,
): string {
  const entries = [
    ...firstCommand(origin, document),
    ...queries(origin, document),
    ...(hasConsole ? [['Open the console', `${origin}/console/`]] : []),
    ['Read the API', `${origin}/reference`],
    ...pages.map((page) => [`Open ${page}`, `${origin}/pages/${page}/`]),
  ];
  const width = Math.max(...entries.map(([label = '']) => label.length)) + 3;
  const lines = entries.map(([label = '', text = '']) => {
    const indent = `\n${' '.repeat(width + 4)}`;
    return `  ${label.padEnd(width)}${text.replaceAll('\n', indent)}`;
  });
  return `
Ledge listens on ${origin}

${lines.join('\n')}

No credentials are needed here${openIp === undefined ? '' : `, and ${openIp} is open to others`}.
Every request's log: ${commandText('dev --log-level log')}. Stop with Ctrl-C.
`;
}

const COMMAND = /^\/v1\/commands\/(?<aggregate>[^/]+)\/\{id\}\/(?<command>[^/]+)$/;

const operation = z.object({
  requestBody: z.object({
    content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }),
  }),
});

/** The first command of the first aggregate, with an input that its schema takes. */
function firstCommand(origin: string, { paths, components }: ApiDocument): string[][] {
  for (const [path, { post }] of Object.entries(paths)) {
    const { aggregate, command } = COMMAND.exec(path)?.groups ?? {};
    const { data } = operation.safeParse(post);
    if (aggregate === undefined || command === undefined || !data) continue;
    const { schema } = data.requestBody.content['application/json'];
    const input = JSON.stringify(sampleInput(schema, components.schemas));
    const url = `${origin}${path.replace('{id}', `${aggregate}-1`)}`;
    const body = `-H 'content-type: application/json' -d '${input.replaceAll("'", "'\\''")}'`;
    return [['Send a command', `curl -X POST ${url} \\\n${body}`]];
  }
  return [];
}

function queries(origin: string, { paths }: ApiDocument): string[][] {
  const lists = Object.entries(paths)
    .filter(([path, { get }]) => /^\/v1\/queries\/[^/]+$/.test(path) && needsNothing(get))
    .map(([path]) => path);
  const [first, ...others] = lists;
  if (first === undefined) return [];
  const names = others.map((path) => path.split('/').at(-1));
  const more = names.length === 0 ? '' : `\nalso ${names.join(', ')}`;
  return [['Ask a query', `curl ${origin}${first}${more}`]];
}

const parameters = z.object({
  parameters: z.array(z.looseObject({ required: z.boolean().optional() })),
});

function needsNothing(get: unknown): boolean {
  const { data } = parameters.safeParse(get);
  return (data?.parameters ?? []).every(({ required }) => required !== true);
}
