/** The OpenAPI document and the command line accept and refuse the same responses. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ledge } from '../../cli/ledge.ts';
import { openapiDocument } from '../../worker/api/openapi/document.ts';
import type { Operation, Schema } from '../../worker/api/openapi/operation.ts';
import { app } from '../shop/app.ts';
import { fitting, spoilt } from '../workers/support/from-json-schema.ts';
import { problem, ScriptedLedge } from './support/scripted-ledge.ts';

const { paths, components }: ReturnType<typeof openapiDocument> = JSON.parse(
  JSON.stringify(openapiDocument(app)),
);
const reason = ['--reason', 'r'];
const RUNS = 60;

/** A page of the journal after which `verify` asks for the checkpoints. */
const wholeJournal = {
  ...{ checked: 0, differences: [], streams: [], undelivered: [] },
  ...{ after: 'a0-0-00000000', done: true },
};

let printed = '';

beforeEach(() => {
  const collect = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(collect);
  vi.spyOn(process.stderr, 'write').mockImplementation(collect);
});

afterEach(() => vi.restoreAllMocks());

test.each([
  ['get /v1/status', ['status']],
  ['get /v1/projections', ['projections']],
  ['get /v1/projections/{name}', ['projections', 'orders']],
  ['post /v1/projections/{name}/rebuild', ['projections', 'rebuild', 'orders', '--no-wait']],
  ['post /v1/projections/{name}/restart', ['projections', 'restart', 'orders', '--no-wait']],
  ['post /v1/projections/{name}/verify', ['projections', 'verify', 'orders', '--no-wait']],
  ['post /v1/projections/{name}/resume', ['projections', 'resume', 'orders', '--no-wait']],
  ['post /v1/projections/{name}/pause', ['projections', 'pause', 'orders']],
  ['post /v1/projections/{name}/cancel', ['projections', 'cancel', 'orders']],
  ['post /v1/projections/{name}/rollback', ['projections', 'rollback', 'orders', '1']],
  ['post /v1/projections/{name}/drop', ['projections', 'drop', 'orders', '1']],
  ['get /v1/dead-letters', ['dead-letters']],
  ['get /v1/dead-letters/{id}', ['dead-letters', 'show', 'a']],
  ['post /v1/dead-letters/{id}/redrive', ['dead-letters', 'redrive', 'a']],
  ['post /v1/dead-letters/{id}/discard', ['dead-letters', 'discard', 'a', ...reason]],
  ['post /v1/redrive', ['dead-letters', 'redrive', '--all']],
  ['get /v1/sagas', ['sagas']],
  ['get /v1/sagas/{saga}/{id}', ['sagas', 'show', 's', 'a']],
  ['post /v1/sagas/{saga}/{id}/retry', ['sagas', 'retry', 's', 'a', 'e', ...reason]],
  ['post /v1/sagas/{saga}/{id}/skip', ['sagas', 'skip', 's', 'a', 'e', ...reason]],
  ['post /v1/sagas/{saga}/{id}/resolve', ['sagas', 'resolve', 's', 'a', 'e', ...reason]],
  ['post /v1/sagas/{saga}/{id}/cancel', ['sagas', 'cancel', 's', 'a', ...reason]],
  ['get /v1/timers/{aggregate}/{id}', ['timers', 'list', 'product/chai']],
  ['post /v1/timers/{aggregate}/{id}/retry', ['timers', 'retry', 'product/chai', 't', ...reason]],
  ['post /v1/timers/{aggregate}/{id}/cancel', ['timers', 'cancel', 'product/chai', 't', ...reason]],
  ['get /v1/actions/{aggregate}/{id}', ['actions', 'list', 'product/chai']],
  [
    'post /v1/actions/{aggregate}/{id}/retry',
    ['actions', 'retry', 'product/chai', 'a', '1', ...reason],
  ],
  [
    'post /v1/actions/{aggregate}/{id}/skip',
    ['actions', 'skip', 'product/chai', 'a', '1', ...reason],
  ],
  ['get /v1/keys', ['access', 'keys', 'list']],
  ['get /v1/subscriptions', ['subscriptions']],
  ['get /v1/subscriptions/{id}', ['subscriptions', 'show', 's']],
  ['post /v1/subscriptions/{id}/delete', ['subscriptions', 'delete', 's']],
  ['get /v1/subscriptions/{id}/held', ['subscriptions', 'held', 's']],
  ['post /v1/subscriptions/{id}/pause', ['subscriptions', 'pause', 's', ...reason]],
  ['post /v1/subscriptions/{id}/resume', ['subscriptions', 'resume', 's']],
  ['post /v1/subscriptions/{id}/replay', ['subscriptions', 'replay', 's', '--from', 'beginning']],
  ['post /v1/subscriptions/{id}/rotate', ['subscriptions', 'rotate', 's']],
  ['post /v1/subscriptions/{id}/test', ['subscriptions', 'test', 's']],
  ['post /v1/subscriptions/{id}/redrive', ['subscriptions', 'redrive', 's']],
  ['get /v1/schedules', ['schedules']],
  ['post /v1/schedules/{name}/run', ['schedules', 'run', 'n', ...reason]],
  ['post /v1/schedules/{name}/pause', ['schedules', 'pause', 'n', ...reason]],
  ['post /v1/schedules/{name}/resume', ['schedules', 'resume', 'n', ...reason]],
  ['post /v1/schedules/{name}/skip', ['schedules', 'skip', 'n', ...reason]],
  ['get /v1/groups', ['groups']],
  ['get /v1/groups/{group}', ['groups', 'show', 'g']],
  ['post /v1/groups/{group}/delete', ['groups', 'delete', 'g']],
  ['get /v1/groups/{group}/held', ['groups', 'held', 'g']],
  ['post /v1/groups/{group}/redrive', ['groups', 'redrive', 'g']],
  ['get /v1/audit', ['access', 'audit']],
  ['post /v1/keys/{id}/rotate', ['access', 'keys', 'rotate', 'k']],
  ['post /v1/keys/{id}/revoke', ['access', 'keys', 'revoke', 'k', ...reason]],
  ['post /v1/verify', ['verify']],
  ['post /v1/verify/checkpoints', ['verify'], [wholeJournal]],
  ['post /v1/sweep', ['verify', '--repair']],
] as const)('CL7 %s', async (operation, argv, before: readonly object[] = []) => {
  const schema = answerOf(operation);
  const isDescribed = new Ajv2020({ strict: false }).compile(schema);
  const fits = fitting(schema, components.schemas);
  const answers = fc.oneof(fits, fits.chain(spoilt)).filter((answer) => !isUnsafe(answer));
  let answered: unknown;
  const round = before.length + 2;
  await using server = await ScriptedLedge.start((_asked, number) => {
    const answers = [...before, answered];
    const index = (number - 1) % round;
    return index < answers.length
      ? { body: answers[index] }
      : problem(404, 'Not found', 'The script has ended.');
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      answered = answer;
      printed = '';
      await ledge([...argv, '--url', server.url]);
      // The next run begins with the first answer again.
      while (server.asked.length % round !== 0) await fetch(server.url);
      expect(!printed.includes('does not answer as a Ledge')).toBe(isDescribed(answer));
    }),
    { numRuns: RUNS },
  );
});

/** The schema of an operation's answer of status 200. */
function answerOf(operation: string): Schema {
  const [method, path = ''] = operation.split(' ');
  const { get, post } = paths[path] ?? {};
  const described: Operation | undefined = method === 'get' ? get : post;
  const response = described?.responses[200];
  if (!response || !('content' in response)) throw new Error(`${operation} is not described.`);
  return response.content?.['application/json']?.schema ?? {};
}

/** JSON Schema takes any whole number; the shapes take those that JavaScript counts with. */
function isUnsafe(answer: unknown): boolean {
  return JSON.stringify(answer)?.includes('1e+21') ?? true;
}
