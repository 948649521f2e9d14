/** `ledge subjects …`: the persons whose personal fields are sealed, and their forgetting. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type CommandPart, type Conclude, operatorCommand } from './operations/command-line.ts';
import * as handle from './operations/handle-subjects.ts';
import { textLines } from './operations/text-lines.ts';
import * as conclusions from './subjects/conclusions.ts';

interface ReasonFlag {
  readonly reason: string;
}

interface ReceiptFlag {
  readonly verify?: string;
}

const showPart: CommandPart = (program, conclude) => {
  onSubject(program, 'show', 'what is recorded of it, and what is read back now').action(
    (subject: string) => conclude((server) => handle.show(server, subject)),
  );
};

const changePart: CommandPart = (program, conclude) => {
  reasoned(program, conclude, 'forget', 'destroys the key of its personal fields, for good');
  reasoned(program, conclude, 'hold', 'refuses to forget it: a legal hold');
  reasoned(program, conclude, 'release', 'ends a hold');
  reasoned(program, conclude, 'authorize', 'gives a forgotten one another key, for new fields');
};

const receiptPart: CommandPart = (program, conclude) => {
  onSubject(program, 'receipt', 'prints the signed receipt of its forgetting, or verifies one')
    .option('--verify <file>', 'a file that holds a receipt')
    .action((subject: string, { verify }: ReceiptFlag) =>
      conclude((server) =>
        verify === undefined
          ? handle.receipt(server, subject)
          : handle.verifyReceipt(server, subject, readFileSync(verify, 'utf8').trim()),
      ),
    );
};

interface ExportFlags extends ReasonFlag {
  readonly out: string;
}

const exportPart: CommandPart = (program, conclude) => {
  onSubject(program, 'export', 'writes what there is about it to a file: a request for access')
    .requiredOption('--out <file>', 'which the user alone may read: it has plain personal data')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action((subject: string, { out, reason }: ExportFlags) =>
      conclude((flags) => {
        const show = textLines(flags);
        return conclusions.exportTo({ server: flags, subject, path: out, reason, show });
      }),
    );
};

interface RegisterFlags {
  readonly out: string;
  readonly reason?: string;
}

const forgottenPart: CommandPart = (program, conclude) => {
  program
    .command('forgotten')
    .description('lists every forgotten subject of every tenant, for a restore of an older export')
    .requiredOption('--out <file>', 'a new register, which takes the place of an older one')
    .option('--reason <text>', 'why; it is recorded')
    .action(({ out, reason }: RegisterFlags) =>
      conclude((flags) =>
        conclusions.list({ server: flags, path: out, reason, show: textLines(flags) }),
      ),
    );
};

interface RewrapFlags {
  readonly progress?: string;
  readonly reason?: string;
}

const rewrapPart: CommandPart = (program, conclude) => {
  program
    .command('rewrap')
    .description('wraps the key of every subject again, after LEDGE_PERSONAL_KEY was changed')
    .option('--progress <file>', 'keeps how far it is; with it, it goes on there')
    .option('--reason <text>', 'why; it is recorded')
    .action(({ progress, reason }: RewrapFlags) =>
      conclude((flags) =>
        conclusions.rewrap({ server: flags, progress, reason, show: textLines(flags) }),
      ),
    );
};

function reasoned(program: Command, conclude: Conclude, name: string, description: string): void {
  onSubject(program, name, description)
    .requiredOption('--reason <text>', 'why; it is recorded')
    .action((subject: string, input: ReasonFlag) =>
      conclude((server) => handle.change(server, subject, name, input)),
    );
}

function onSubject(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<subject>');
}

export const subjects = operatorCommand(
  'subjects',
  'The persons whose personal fields are sealed; the caller operates the privacy of their tenant.',
  showPart,
  changePart,
  receiptPart,
  exportPart,
  forgottenPart,
  rewrapPart,
);
