/** Where the command lines take their token from, and where they do not send it. */
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exposedToken } from '../../cli/exposed-token.ts';
import { importCommands } from '../../cli/import-commands.ts';
import { projectionList } from './support/operator-answers.ts';
import { runCliWith } from './support/run-cli.ts';
import { ScriptedLedge } from './support/scripted-ledge.ts';
import { ordersWith, serving } from './support/statuses.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledge-tokens-'));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const book = fileOf('book.ndjson', '{"aggregate":"a","id":"b","command":"C","data":{}}\n');
const tokenFile = fileOf('token', ' from-file\n');

function startLedge(): Promise<ScriptedLedge> {
  return ScriptedLedge.start(() => ({ body: projectionList(ordersWith(serving)) }));
}

const elsewhere = 'http://ledge.example';

/** Every connection to another host arrives here, and is closed. */
async function startProxy() {
  const proxy = { connections: 0 };
  const server = createServer((socket) => {
    proxy.connections += 1;
    socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : '';
  const variables = {
    NODE_USE_ENV_PROXY: '1',
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    NO_PROXY: '',
  };
  return Object.assign(proxy, {
    variables,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  });
}

describe('O13 the token', () => {
  test.each([
    ['of LEDGE_TOKEN', { LEDGE_TOKEN: 'of-env' }, [], 'Bearer of-env', ''],
    ['of a file', {}, ['--token-file', tokenFile], 'Bearer from-file', ''],
    [
      'of a file before LEDGE_TOKEN',
      { LEDGE_TOKEN: 'of-env' },
      ['--token-file', tokenFile],
      'Bearer from-file',
      '',
    ],
    [
      'of --token, with a warning',
      { LEDGE_TOKEN: 'of-env' },
      ['--token', 'typed'],
      'Bearer typed',
      '--token can be read in the list of processes and in the history of the shell. Use LEDGE_TOKEN or --token-file.\n',
    ],
    ['of an empty variable is none', { LEDGE_TOKEN: '' }, [], undefined, ''],
  ])('%s', async (_name, env, args, authorization, warning) => {
    await using ledge = await startLedge();
    const ran = await runCliWith(env, 'projections', ...args, '--url', ledge.url);
    expect([ran.code, ran.stderr]).toEqual([0, warning]);
    expect(ledge.asked[0]?.authorization).toBe(authorization);
  });

  test.each([
    ['that is given twice', {}, ['--token', 'a', '--token-file', tokenFile], 'not both'],
    ['of a file that is not there', {}, ['--token-file', join(folder, 'none')], '(ENOENT)'],
    ['of an empty file', {}, ['--token-file', fileOf('empty', '\n')], 'the token is empty'],
    ['of two lines', { LEDGE_TOKEN: 'a\nb' }, [], 'that no header can contain'],
  ])('%s is a sentence, and nothing is sent', async (_name, env, args, message) => {
    await using ledge = await startLedge();
    const ran = await runCliWith(env, 'projections', ...args, '--url', ledge.url);
    expect([ran.code, ran.stdout, ledge.asked]).toEqual([1, '', []]);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toContain('    at ');
  });
});

describe('O14 a token is never sent over plain http beyond loopback', () => {
  test.each([
    ['http://ledge.example', true],
    ['http://10.0.0.7:8787', true],
    ['http://localhost.example', true],
    ['http://127.0.0.1.example', true],
    ['http://[2001:db8::1]', true],
    ['https://ledge.example', false],
    ['http://localhost:8787', false],
    ['http://ledge.localhost', false],
    ['http://127.0.0.1:8787', false],
    ['http://127.1', false],
    ['http://[::1]:8787', false],
  ])('%s exposes it: %s', (url, isExposed) => {
    expect(exposedToken({ url, token: 'secret' }) !== undefined).toBe(isExposed);
    expect(exposedToken({ url })).toBeUndefined();
  });

  test.each([
    ['projections', []],
    ['dead-letters', []],
    ['sagas', ['show', 'fulfilment', 'o-1']],
    ['timers', ['list', 'order/o-1']],
    ['subjects', ['show', 'c-1']],
    ['verify', ['--repair']],
    [
      'restore-database',
      ['--to', '2020-01-01T00:00:00Z', '--confirm', 'ledge', '--put-back', 'true'],
    ],
    ['import', [book]],
  ])('%s refuses before it asks', async (name, args) => {
    await using proxy = await startProxy();
    const restoreFile = name === 'restore-database' ? ['--file', join(folder, 'restore')] : [];
    const env = { ...proxy.variables, LEDGE_TOKEN: 'secret' };
    const ran = await runCliWith(env, name, ...args, ...restoreFile, '--url', elsewhere);
    expect([ran.code, proxy.connections]).toEqual([1, 0]);
    expect(ran.stderr).toContain('The token would go to ledge.example over plain http');
    expect(ran.stderr + ran.stdout).not.toContain('secret');
  });

  test('and without a token a request does leave', async () => {
    await using proxy = await startProxy();
    await runCliWith(proxy.variables, 'projections', '--url', elsewhere);
    expect(proxy.connections).toBeGreaterThan(0);
  });

  test('nor by a script that imports', async () => {
    const input = { file: book, url: elsewhere, token: 'secret' };
    await expect(importCommands(input)).rejects.toThrow('over plain http');
  });
});
