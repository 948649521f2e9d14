/** How the sockets of live queries end, with Node's own `WebSocket` against a whole server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLedge } from './support/serve.ts';

let ledge: Served;

beforeAll(async () => {
  ledge = await serveLedge();
}, 120_000);
afterAll(() => ledge.server.close());

describe('U17 a client that closes is closed at once, from both sides', () => {
  test('the server answers the close with 1000 within 100 ms', async () => {
    const url = new URL('/v1/live', ledge.url);
    url.protocol = 'ws:';
    // The first socket starts the object.
    const ends = [await closing(url), await closing(url), await closing(url, 4_001)];
    console.log(`Closed after ${ends.map(({ ms }) => Math.round(ms)).join(', ')} ms.`);
    for (const { code, wasClean } of ends) expect({ code, wasClean }).toEqual(clean);
    expect(Math.min(...ends.map(({ ms }) => ms))).toBeLessThan(100);
  });

  test('a script that follows a live query and closes its client ends', async () => {
    const script = fileURLToPath(new URL('support/follow-and-close.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', script, ledge.url.href]);
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
    await once(child, 'close');
    const endedMs = Date.now();
    expect(output).toMatch(/^closed at \d+\n$/);
    const ms = endedMs - Number(output.match(/\d+/)?.[0]);
    console.log(`The process ended ${ms} ms after client.close().`);
    expect(child.exitCode).toBe(0);
    expect(ms).toBeLessThan(2_000);
  });
});

const clean = { code: 1_000, wasClean: true };

async function closing(url: URL, code = 1_000) {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const startedMs = performance.now();
  socket.close(code);
  const [{ code: answered, wasClean }] = await once(socket, 'close');
  return { code: answered, wasClean, ms: performance.now() - startedMs };
}
