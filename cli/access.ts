/** `ledge access init | matrix | keys … | issuers refresh | audit | usage`: secrets, permissions, keys, issuers, operations, usage. */
import { type Command, InvalidArgumentError } from 'commander';
import { utcText } from '../core/values/time.ts';
import type { ProjectFlags } from '../migrations/project.ts';
import { type InitOptions, init } from './access/init.ts';
import {
  type CommandPart,
  operatorCommand,
  utcTime,
  wholeNumber,
} from './operations/command-line.ts';
import { DAY_MS, durationMs } from './operations/duration.ts';
import * as audit from './operations/handle-audit.ts';
import * as issuers from './operations/handle-issuers.ts';
import * as handle from './operations/handle-keys.ts';
import * as usage from './operations/handle-usage.ts';

interface CreateFlags {
  readonly for: string;
  readonly tenant?: string;
  readonly roles?: readonly string[];
  readonly claims?: object;
  readonly expires?: string;
  readonly note: string;
}

const initPart: CommandPart = (program, conclude) => {
  program
    .command('init')
    .description('makes LEDGE_SECRET and a key for the administrator, in .dev.vars')
    .option('--remote', 'as secrets of the deployed Worker', false)
    .option('--config <file>', 'instead of wrangler.toml')
    .option('--env <name>', 'one of the environments in it')
    .option('--key-file <file>', 'where the key goes; one below .wrangler when left out')
    .action((options: InitOptions) => conclude(() => init(options)));
};

const matrixPart: CommandPart = (program, conclude) => {
  program
    .command('matrix')
    .description('writes the permissions of each role beside the access rules, for reviewers')
    .option('--app <file>', 'the module that exports the app')
    .option('--config <file>', 'instead of wrangler.toml')
    .action((options: ProjectFlags) =>
      conclude(async () => {
        // Needs the app, and takes three times as long to load as the rest.
        const { writePermissions } = await import('./access/permissions-file.ts');
        return writePermissions(options);
      }),
    );
};

const keysPart: CommandPart = (program, conclude) => {
  const keys = program.command('keys').description('API keys; the caller is an administrator');
  onGrant(keys.command('create').description('issues a key and prints it, this once')).action(
    ({ for: principal, roles: granted = [], expires, ...given }: CreateFlags) =>
      conclude((flags) =>
        handle.create(flags, { principal, roles: granted, expiresAt: expires ?? null, ...given }),
      ),
  );
  keys
    .command('list')
    .description('the newest first')
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ limit }: { readonly limit: number }) =>
      conclude((flags) => handle.list(flags, limit)),
    );
  onKey(keys, 'rotate', 'gives a key a new secret and prints it, this once')
    .option('--grace <duration>', 'how long the old one works, like 24h', durationMs, DAY_MS)
    .action((id: string, { grace }: { readonly grace: number }) =>
      conclude((flags) => handle.rotate(flags, id, grace)),
    );
  onKey(keys, 'revoke', 'ends a key within ten seconds, for good')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action((id: string, { reason }: { readonly reason: string }) =>
      conclude((flags) => handle.revoke(flags, id, reason)),
    );
};

const issuersPart: CommandPart = (program, conclude) => {
  program
    .command('issuers')
    .description('issuers of JWTs; the caller is an administrator of the deployment')
    .command('refresh')
    .description('fetches their keys now, so that a key that was withdrawn is gone')
    .option('--reason <text>', 'why; it is recorded')
    .action(({ reason }: { readonly reason?: string }) =>
      conclude((flags) => issuers.refresh(flags, reason)),
    );
};

const auditPart: CommandPart = (program, conclude) => {
  program
    .command('audit')
    .description(
      'the operations of a day, the newest first; the caller is an operator or an administrator',
    )
    .option('--day <date>', 'in UTC, like 2026-11-26; left out: today')
    .option('--limit <n>', 'how many events at most; an operation has two', wholeNumber, 200)
    .action((flags: audit.AuditFlags) => conclude((server) => audit.show(server, flags)));
};

const usagePart: CommandPart = (program, conclude) => {
  program
    .command('usage')
    .description(
      'what a tenant has used in a day, where quotas count it; the caller is an operator',
    )
    .option('--day <date>', 'in UTC, like 2026-11-26; left out: today')
    .action((flags: usage.UsageFlags) => conclude((server) => usage.show(server, flags)));
};

function onGrant(command: Command): Command {
  return command
    .requiredOption('--for <principal>', 'the actor of what the bearer causes, like service:shop')
    .option('--tenant <name>', 'left out: the one of the caller')
    .option('--roles <role...>', 'operator, admin, and those of the access rules')
    .option('--claims <json>', 'what the access rules see of the bearer', jsonObject)
    .option('--expires <when>', 'after a duration like 90d, or at a time; left out: never', expiry)
    .option('--note <text>', 'what it is for', '');
}

function onKey(keys: Command, name: string, description: string): Command {
  return keys.command(name).description(description).argument('<id>', 'as list prints it');
}

function jsonObject(text: string): object {
  const value = parsedJson(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new InvalidArgumentError('It is no JSON object like {"customer":"ann"}.');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function expiry(text: string): string {
  return /^\d+[a-z]$/.test(text) ? utcText(Date.now() + durationMs(text)) : utcTime(text);
}

export const access = operatorCommand(
  'access',
  'The secrets of a deployment, its permissions, and the keys that let programs in.',
  initPart,
  matrixPart,
  keysPart,
  issuersPart,
  auditPart,
  usagePart,
);
