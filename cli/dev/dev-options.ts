/** The arguments of `ledge dev`: what Ledge reads itself, and what wrangler gets. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const DEFAULTS = { port: '8787', 'log-level': 'warn' };
export const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
const EVERYWHERE = ['0.0.0.0', '::', '*'];
/** In the order in which wrangler looks for them. */
const CONFIG_FILES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'];
const PORT_MAX = 65_535;

export interface DevOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Where this machine reaches the server. */
  readonly host: string;
  readonly ip: string;
  /** Which configuration and which local state wrangler uses, as its options. */
  readonly place: readonly string[];
  readonly configFile: string | undefined;
  readonly environment: string | undefined;
  /** Files of variables in the place of `.dev.vars`; undefined: wrangler's own. */
  readonly envFiles: string[] | undefined;
  /** For `wrangler dev`, without a port. */
  readonly forwarded: readonly string[];
}

/** @throws Error with a sentence for a person */
export function devOptions(args: readonly string[]): DevOptions {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false, // what is not named here is wrangler's business
    tokens: true,
    options: {
      config: { type: 'string', short: 'c' },
      cwd: { type: 'string' },
      env: { type: 'string', short: 'e' },
      'env-file': { type: 'string', multiple: true },
      ip: { type: 'string' },
      'log-level': { type: 'string' },
      'persist-to': { type: 'string' },
      port: { type: 'string' },
      remote: { type: 'boolean', short: 'r' },
      tunnel: { type: 'boolean' },
    },
  });
  if (values.remote || values.tunnel) {
    throw new Error(
      'Without credentials Ledge stays on this machine: no --remote and no --tunnel.',
    );
  }
  const ports = tokens.filter((token) => token.kind === 'option' && token.name === 'port');
  const portArgs = ports.flatMap(({ index, ...token }) =>
    'inlineValue' in token && token.inlineValue === false ? [index, index + 1] : [index],
  );
  const ip = textOf(values.ip) ?? 'localhost';
  return {
    port: portOf(values.port ?? DEFAULTS.port),
    host: [...LOOPBACK, ...EVERYWHERE].includes(ip) ? 'localhost' : ip,
    ip,
    place: (['config', 'cwd', 'env', 'persist-to'] as const).flatMap((name) =>
      values[name] === undefined ? [] : [`--${name}=${values[name]}`],
    ),
    configFile: configOf(textOf(values.cwd), textOf(values.config)),
    environment: textOf(values.env),
    envFiles: values['env-file']?.filter((file) => typeof file === 'string'),
    forwarded: [
      ...('log-level' in values ? [] : [`--log-level=${DEFAULTS['log-level']}`]),
      ...args.filter((_, index) => !portArgs.includes(index)),
    ],
  };
}

/** An option that got no value is `true` to parseArgs; wrangler refuses it in its own words. */
function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function portOf(value: string | boolean): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port <= PORT_MAX) return port;
  throw new Error(`--port needs a number from 0 to ${PORT_MAX}; 0 takes any that is free.`);
}

/** Undefined: wrangler looks for it. */
function configOf(cwd: string | undefined, config: string | undefined): string | undefined {
  if (cwd === undefined) return config;
  const files = (config === undefined ? CONFIG_FILES : [config]).map((name) => join(cwd, name));
  return files.find((file) => existsSync(file)) ?? files.at(-1);
}
