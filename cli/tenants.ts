/** `ledge tenants …`: which tenants a deployment has, and what its administrator does with them. */
import { type Command, Option } from 'commander';
import type { DeclaredQuotas } from '../core/access/quota-text.ts';
import { suspensionModes } from '../core/access/tenant.ts';
import {
  type CommandPart,
  type Conclude,
  operatorCommand,
  utcTime,
  wholeNumber,
} from './operations/command-line.ts';
import * as handle from './operations/handle-tenants.ts';

interface ReasonFlag {
  readonly reason: string;
}

const listPart: CommandPart = (program, conclude) => {
  program
    .command('list', { isDefault: true })
    .description('the newest first')
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ limit }: { readonly limit: number }) =>
      conclude((server) => handle.list(server, limit)),
    );
  onTenant(program, 'show', 'one of them, with its blocked principals').action((tenant: string) =>
    conclude((server) => handle.show(server, tenant)),
  );
};

const provisionPart: CommandPart = (program, conclude) => {
  onTenant(program, 'provision', 'makes a tenant; a repeat changes nothing')
    .option('--note <text>', 'whose it is', '')
    .option('--database <binding>', 'that it lives in, for good, like DB_2; left out: DB')
    .action((tenant: string, input: { readonly note: string; readonly database?: string }) =>
      conclude((server) => handle.provision(server, { tenant, ...input })),
    );
};

const suspendPart: CommandPart = (program, conclude) => {
  withReason(onTenant(program, 'suspend', 'refuses its commands, or everything'))
    .addOption(
      new Option('--mode <mode>', 'what is refused: commands, or everything')
        .choices(suspensionModes)
        .makeOptionMandatory(),
    )
    .action((tenant: string, input: ReasonFlag & { readonly mode: string }) =>
      conclude((server) => handle.change(server, tenant, 'suspend', input)),
    );
  reasoned(program, conclude, 'resume', 'ends a suspension');
};

const brakePart: CommandPart = (program, conclude) => {
  withReason(onTenant(program, 'brake', 'limits its requests, all of them together'))
    .argument('<rate>', 'requests in ten seconds', wholeNumber)
    .action((tenant: string, rate: number, input: ReasonFlag) =>
      conclude((server) => handle.change(server, tenant, 'brake', { rate, ...input })),
    );
  reasoned(program, conclude, 'release', 'ends a brake');
};

const limitPart: CommandPart = (program, conclude) => {
  const description =
    'what its callers may use together, like 500/day; what is left out has no limit';
  withReason(onTenant(program, 'limit', description))
    .option('--commands <quota>', 'commands that are sent')
    .option('--streams <quota>', 'streams that are begun')
    .option('--rows <quota>', 'rows that D1 reads for queries')
    .action((tenant: string, { reason, ...quotas }: ReasonFlag & DeclaredQuotas) =>
      conclude((server) => handle.change(server, tenant, 'limit', { quotas, reason })),
    );
};

const blockPart: CommandPart = (program, conclude) => {
  for (const [name, description] of [
    ['block', 'refuses every credential of a principal, within ten seconds'],
    ['unblock', 'accepts them again'],
  ] as const) {
    withReason(onTenant(program, name, description))
      .requiredOption('--principal <id>', 'like user:ann')
      .action((tenant: string, input: ReasonFlag & { readonly principal: string }) =>
        conclude((server) => handle.change(server, tenant, name, input)),
      );
  }
};

const erasePart: CommandPart = (program, conclude) => {
  withReason(onTenant(program, 'schedule-erasure', 'has its data deleted, in 30 days or at a time'))
    .option('--at <time>', 'in UTC, like 2027-01-31T00:00:00Z', utcTime)
    .action((tenant: string, input: ReasonFlag & { readonly at?: string }) =>
      conclude((server) => handle.change(server, tenant, 'schedule-erasure', input)),
    );
  reasoned(program, conclude, 'cancel-erasure', 'keeps its data, until the erasure has begun');
  onTenant(program, 'erase', 'does now what is due, and says what was deleted').action(
    (tenant: string) => conclude((server) => handle.erase(server, tenant)),
  );
};

function reasoned(program: Command, conclude: Conclude, name: string, description: string): void {
  withReason(onTenant(program, name, description)).action((tenant: string, input: ReasonFlag) =>
    conclude((server) => handle.change(server, tenant, name, input)),
  );
}

function onTenant(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<tenant>');
}

function withReason(command: Command): Command {
  return command.requiredOption('--reason <text>', 'why; it is recorded');
}

export const tenants = operatorCommand(
  'tenants',
  'The tenants of a deployment; the caller is one of its administrators.',
  listPart,
  provisionPart,
  suspendPart,
  brakePart,
  limitPart,
  blockPart,
  erasePart,
);
