/**
 * `ledge access init`: gives a deployment its secrets. LEDGE_SECRET is kept where it exists, since every key was issued
 * with it, and LEDGE_PERSONAL_KEY, since every personal field was sealed under it; the administrator's key is a new one
 * each time, which is the way back for a lost one.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandText } from '../../core/package-name.ts';
import { runWrangler, type WranglerRun } from '../deploy/run-wrangler.ts';
import { workerSecretNames } from '../deploy/worker-secrets.ts';
import type { Conclusion } from '../operations/command-line.ts';
import { NoAnswer } from '../operations/server.ts';
import { devVar, withDevVar } from './dev-vars.ts';
import { removeKeyFile, writeKeyFile } from './key-file.ts';
import { newAdminKey, newSecret } from './new-secrets.ts';

export interface InitOptions {
  readonly remote: boolean;
  readonly config?: string;
  readonly env?: string;
  readonly keyFile?: string;
}

/** Where the secrets of a deployment are kept. */
interface SecretStore {
  readonly name: string;
  /** The secrets that it has. */
  names(): Promise<ReadonlySet<string>>;
  put(secrets: Readonly<Record<string, string>>): Promise<void>;
}

export async function init(options: InitOptions): Promise<Conclusion> {
  const store = options.remote ? workerSecrets(options) : devVars(options);
  const names = await store.names();
  const isKept = names.has('LEDGE_SECRET');
  const isPersonalKept = names.has('LEDGE_PERSONAL_KEY');
  const keyFile = options.keyFile ?? defaultKeyFile(options);
  // What is in .dev.vars needs no second place.
  const recoverySheet = options.remote && !isPersonalKept ? `${keyFile}.recovery` : null;
  const { key, hash } = newAdminKey();
  writeKeyFile(keyFile, key);
  try {
    if (!isKept) await store.put({ LEDGE_SECRET: newSecret() });
    if (!isPersonalKept) await putPersonalKey(store, recoverySheet);
    await store.put({ LEDGE_ADMIN: hash });
  } catch (error) {
    removeKeyFile(keyFile);
    throw error;
  }
  const secret = isKept ? 'kept' : 'created';
  const personalKey = isPersonalKept ? 'kept' : 'created';
  const sheetText =
    recoverySheet === null
      ? ''
      : `
LEDGE_PERSONAL_KEY is in ${recoverySheet}, too, since the platform shows no secret again. Print it or move it to a safe: without
it no personal field of any backup can be opened, by anyone.`;
  const text = `LEDGE_SECRET of ${store.name} is ${secret}, LEDGE_PERSONAL_KEY is ${personalKey}, LEDGE_ADMIN is set.${sheetText}
The administrator's key is in ${keyFile}, and nowhere else. Keep it as you keep a password. Next:
  ${commandText(`tenants provision main --token-file ${keyFile} --url URL`)}
  ${commandText(`access keys create --for service:shop --tenant main --token-file ${keyFile} --url URL`)}`;
  return { ok: true, text, answer: { secret, personalKey, keyFile, recoverySheet } };
}

/** The sheet is written first: a key that seals fields and is kept nowhere would be lost with the Worker. */
async function putPersonalKey(store: SecretStore, recoverySheet: string | null): Promise<void> {
  const key = newSecret();
  if (recoverySheet !== null) writeKeyFile(recoverySheet, `LEDGE_PERSONAL_KEY="${key}"`);
  try {
    await store.put({ LEDGE_PERSONAL_KEY: key });
  } catch (error) {
    if (recoverySheet !== null) removeKeyFile(recoverySheet);
    throw error;
  }
}

/** In a folder that wrangler's templates leave out of git. */
function defaultKeyFile({ remote, env }: InitOptions): string {
  const name = [...(remote ? [] : ['local']), ...(env === undefined ? [] : [env]), 'admin-key'];
  return join('.wrangler', name.join('-'));
}

function devVars({ config = '.', env }: InitOptions): SecretStore {
  const folder = config === '.' ? config : dirname(config);
  const file = join(folder, env === undefined ? '.dev.vars' : `.dev.vars.${env}`);
  const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  return {
    name: file,
    names: async () => {
      const vars = text();
      const kept = ['LEDGE_SECRET', 'LEDGE_PERSONAL_KEY'];
      return new Set(kept.filter((name) => (devVar(vars, name) ?? '') !== ''));
    },
    put: async (secrets) => {
      const changed = Object.entries(secrets).reduce(
        (vars, [name, value]) => withDevVar(vars, name, value),
        text(),
      );
      writeFileSync(file, changed, { mode: 0o600 });
    },
  };
}

function workerSecrets({ config, env }: InitOptions): SecretStore {
  const place = Object.entries({ config, env }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const wrangler: WranglerRun = (args, output, input) =>
    runWrangler([...args, ...place], output, input);
  return {
    name: 'the Worker',
    names: async () => {
      const found = await workerSecretNames(wrangler);
      if ('text' in found) {
        throw new NoAnswer(
          `${found.text}\nThe secrets of the Worker could not be read, nothing was changed. Deploy it first: ${commandText('deploy')}.`,
          false,
        );
      }
      return found.names;
    },
    put: async (secrets) => {
      for (const [name, value] of Object.entries(secrets)) {
        const { code, text } = await wrangler(['secret', 'put', name], 'pipe', value);
        if (code === 0) continue;
        throw new NoAnswer(
          `${text}\n${name} was not set, and no administrator's key was made. Run this again: a secret that is set by now is kept.`,
          false,
        );
      }
    },
  };
}
