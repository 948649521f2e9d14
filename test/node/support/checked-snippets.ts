/**
 * The compiler's and the editor's messages for snippets, in memory next to the real files, from one language service.
 */
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../../..');

export interface CheckedSnippets {
  /** The compiler's messages for a snippet, as one text. */
  readonly messages: (name: string) => string;
  /** What an editor shows of a constant in a snippet. */
  readonly hover: (name: string, constant: string) => string;
}

/** Snippets by name. Their imports are written as if they were in a folder of the root. */
export function checkedSnippets(snippets: Readonly<Record<string, string>>): CheckedSnippets {
  const files = new Map(
    Object.entries(snippets).map(([name, text]) => [
      fileOf(name),
      ts.ScriptSnapshot.fromString(text),
    ]),
  );
  const { config } = ts.readConfigFile(join(root, 'tsconfig.browser.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
    }),
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => files.get(file) ?? snapshotOf(file),
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => files.has(file) || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return {
    messages: (name) => {
      const file = fileOf(name);
      const found = [
        ...service.getSyntacticDiagnostics(file),
        ...service.getSemanticDiagnostics(file),
      ];
      return found
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
        .join('\n');
    },
    hover: (name, constant) => {
      const at = (snippets[name] ?? '').indexOf(`const ${constant} `) + 'const '.length;
      const info = service.getQuickInfoAtPosition(fileOf(name), at);
      return ts.displayPartsToString(info?.displayParts).replace(/\s+/g, ' ');
    },
  };
}

function fileOf(name: string): string {
  return join(root, 'snippets', `${name.replace(/\W+/g, '-')}.ts`);
}

function snapshotOf(file: string): ts.IScriptSnapshot | undefined {
  const text = ts.sys.readFile(file);
  return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
}
