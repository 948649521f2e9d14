/** The reference of the command line, as Markdown: what each command and subcommand prints for `--help`. */
import { commands } from '../../cli/commands.ts';
import { ledge } from '../../cli/ledge.ts';

export async function cliPage(): Promise<string> {
  const parts = ['# Command line', INTRODUCTION];
  for (const [name, { summary }] of Object.entries(commands)) {
    const help = await helpOf([name]);
    parts.push(`## ledge ${name}`, `It ${summary}.`, code(help));
    for (const subcommand of subcommandsOf(help)) {
      parts.push(`### ledge ${name} ${subcommand}`, code(await helpOf([name, subcommand])));
    }
  }
  return parts.join('\n\n');
}

const INTRODUCTION = `\`npx ledge <command>\`. Commands that talk to a deployment take \`--url\`, and their token from \`LEDGE_TOKEN\` or \`--token-file\`.
[Operations](operations.md) describes what they do.`;

function code(text: string): string {
  return `\`\`\`text\n${text.trim()}\n\`\`\``;
}

/** The list that commander prints below "Commands:". */
function subcommandsOf(help: string): string[] {
  const [, list = ''] = help.split('\nCommands:\n');
  const names = list.split('\n').map((line) => /^ {2}([a-z][a-z-]*)/.exec(line)?.[1]);
  return names.filter((name) => name !== undefined).filter((name) => name !== 'help');
}

/** Commands print to the process; for this call the text is kept instead. */
async function helpOf(argv: readonly string[]): Promise<string> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await ledge([...argv, '--help']);
  } finally {
    process.stdout.write = write;
  }
  return text;
}
