/** The reference of an entry of the package, as Markdown: every exported name with its docstring, examples and declaration. */
import type { Entry, ExportedName } from './exported-names.ts';

export function apiPage({ specifier, text, names }: Entry): string {
  const parts = [
    `# \`${specifier}\``,
    text,
    ...KINDS.flatMap(([kind, title]) => {
      const own = names.filter((one) => one.kind === kind);
      return own.length === 0 ? [] : [`## ${title}`, ...own.map(section)];
    }),
  ];
  return parts.filter(Boolean).join('\n\n');
}

const KINDS = [
  ['function', 'Functions'],
  ['value', 'Classes and values'],
  ['type', 'Types'],
] as const;

function section({ name, text, declaration, examples, throws, returns }: ExportedName): string {
  const parts = [
    `### ${name}`,
    prose(text),
    returns && `Returns ${prose(returns)}`,
    ...throws.map((one) => `Throws ${prose(one)}`),
    ...examples.map(code),
    `Declaration:\n\n${code(declaration)}`,
  ];
  return parts.filter(Boolean).join('\n\n');
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

/** A link to a name, as docstrings write it, is the name. */
function prose(text: string): string {
  return text.replaceAll(/\{@link ([^}]+)\}/g, '`$1`');
}
