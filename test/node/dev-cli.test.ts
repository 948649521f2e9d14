/** `npm run dev`: its arguments and its output. Its processes are in test/e2e/dev.test.ts. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { devOptions } from '../../cli/dev/dev-options.ts';
import { sampleInput } from '../../cli/dev/sample-input.ts';
import { welcome } from '../../cli/dev/welcome.ts';
import { kinds } from '../controls/event-schemas/kinds.ts';
import { app } from '../shop/app.ts';
import { runCli } from './support/run-cli.ts';

describe('O15 the arguments', () => {
  test.each([
    [[], 8787, ['--log-level=warn']],
    [['--port', '0'], 0, ['--log-level=warn']],
    [['--port=99', '--log-level', 'log'], 99, ['--log-level', 'log']],
    [['--port', '1', '--live-reload', '--port=2'], 2, ['--log-level=warn', '--live-reload']],
  ])('%j listen on %i, and wrangler gets %j', (args, port, forwarded) => {
    expect(devOptions(args)).toMatchObject({ port, forwarded });
  });

  test.each([['abc'], ['-1'], ['65536'], ['1.5'], ['']])(
    '--port %j is a sentence instead of a stack trace',
    async (port) => {
      const { code, stdout, stderr } = await runCli('dev', `--port=${port}`);
      expect([code, stdout, stderr]).toEqual([
        1,
        '',
        '--port needs a number from 0 to 65535; 0 takes any that is free.\n',
      ]);
    },
  );

  test('--port alone, --remote and --tunnel are refused likewise', () => {
    expect(() => devOptions(['--port'])).toThrow('--port needs a number');
    for (const flag of ['--remote', '-r', '--tunnel']) {
      expect(() => devOptions([flag])).toThrow('Ledge stays on this machine');
    }
  });
});

describe('O16 the welcome', () => {
  const place = {
    origin: 'http://localhost:1',
    openIp: undefined,
    hasConsole: true,
    pages: ['board'],
  };
  const document = {
    paths: {
      '/v1/commands/account/{id}/Open': {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/open' } } },
          },
        },
      },
      '/v1/queries/of-owner': { get: { parameters: [{ name: 'owner', required: true }] } },
      '/v1/queries/accounts': { get: { parameters: [{ $ref: '#/x' }] } },
      '/v1/queries/accounts/{account}': { get: {} },
      '/v1/queries/owners': { get: {} },
    },
    components: {
      schemas: {
        open: { type: 'object', properties: { owner: { type: 'string' } }, required: ['owner'] },
      },
    },
  };

  test("is made of the app's own commands and queries", () => {
    const text = welcome(place, document);
    expect(text.split('\n').slice(1, 11)).toEqual([
      'Ledge listens on http://localhost:1',
      '',
      '  Send a command     curl -X POST http://localhost:1/v1/commands/account/account-1/Open \\',
      '                       -H \'content-type: application/json\' -d \'{"owner":"text"}\'',
      '  Ask a query        curl http://localhost:1/v1/queries/accounts',
      '                       also owners',
      '  Open the console   http://localhost:1/console/',
      '  Read the API       http://localhost:1/reference',
      '  Open board         http://localhost:1/pages/board/',
      '',
    ]);
    expect(text).not.toContain('open to others');
  });

  test('of an app without commands, queries and pages has the API alone', () => {
    const bare = { paths: {}, components: { schemas: {} } };
    const text = welcome({ ...place, openIp: '10.0.0.7', hasConsole: false, pages: [] }, bare);
    expect(text).toContain('\n\n  Read the API   http://localhost:1/reference\n\n');
    expect(text).toContain('10.0.0.7 is open to others');
  });
});

describe('O16 a sample input is valid for the schema that it was made from', () => {
  const commands = app.aggregates.flatMap(({ name, commands }) =>
    Object.entries(commands).map(([command, schema]) => [`${name} ${command}`, schema] as const),
  );

  test.each(commands)('%s', (_name, schema) => {
    expect(schema.safeParse(sampleInput(z.toJSONSchema(schema)))).toMatchObject({ success: true });
  });

  /** Patterns, tuples and fractions are left to the reader. */
  const unsampled =
    /pattern|starts|ends|includes|template|duration|base64|ip|cidr|nanoid|cuid|ulid|e164|jwt|emoji|local|seconds|recursive|json|record|intersection of a union|transform|tuple|multiple of|above and below|^time$/;
  test.each(Object.keys(kinds).filter((kind) => !unsampled.test(kind)))('%s', (kind) => {
    const schema = kinds[kind] ?? z.never();
    const { $defs = {}, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    expect(schema.safeParse(sampleInput(json, $defs))).toMatchObject({ success: true });
  });
});
