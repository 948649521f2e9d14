// `npm run dev` of an app, as its developer starts it, on a port that is free.

import { spawn } from 'node:child_process';

const LISTENS = /listens on (?<url>http:\S+)/;

export interface DevServer {
  readonly url: string;
  stop(): void;
}

/** @throws Error with what it printed, when it ends before it listens */
export function startDev(app: string): Promise<DevServer> {
  // A process group of its own: npm passes no signal on to what it has started.
  const child = spawn('npm', ['run', 'dev', '--', '--port', '0'], {
    cwd: app,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  return new Promise((settle, reject) => {
    const collect = (chunk: Buffer) => {
      text += chunk.toString();
      const { url } = LISTENS.exec(text)?.groups ?? {};
      if (url !== undefined) settle({ url, stop: () => process.kill(-(child.pid ?? 0)) });
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`npm run dev ended with ${code}.\n${text}`)));
  });
}
