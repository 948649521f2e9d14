/** Every name that the package exports, with its docstring, examples and declaration, as the compiler sees the entries. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

export interface ExportedName {
  readonly name: string;
  readonly kind: 'function' | 'type' | 'value';
  /** Markdown; empty where the source has none. */
  readonly text: string;
  readonly examples: readonly string[];
  readonly throws: readonly string[];
  readonly returns: string;
  /** The declaration without the body of a function. */
  readonly declaration: string;
  readonly file: string;
}

export interface Entry {
  /** What an app imports: `ledge/testing`. */
  readonly specifier: string;
  readonly text: string;
  readonly names: readonly ExportedName[];
}

/** The entries of package.json's map of exports, in its order. */
export function exportedNames(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string;
    exports: Record<string, string>;
  };
  const entries = Object.entries(exports).filter(([, file]) => file.endsWith('.ts'));
  const program = ts.createProgram(
    entries.map(([, file]) => file),
    OPTIONS,
    ownFilesAlone(),
  );
  const checker = program.getTypeChecker();
  return entries.map(([path, file]) => {
    const source = program.getSourceFile(file.replace(/^\.\//, ''));
    const module = source && checker.getSymbolAtLocation(source);
    if (!source || !module) throw new Error(`${file} is no module.`);
    const symbols = checker.getExportsOfModule(module).map((symbol) => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      return { name: symbol.name, symbol: isAlias ? checker.getAliasedSymbol(symbol) : symbol };
    });
    const names = symbols
      .map((one) => exportedName(one, checker))
      .sort((a, b) => a.name.localeCompare(b.name, 'en'));
    return { specifier: path.replace('.', name), text: headingOf(source.text), names };
  });
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  jsx: ts.JsxEmit.ReactJSX,
  noEmit: true,
  noLib: true,
  types: [],
};

/** Names and docstrings are in our own files: types of packages would take most of the time and change nothing. */
function ownFilesAlone(): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  host.resolveModuleNameLiterals = (literals, containingFile) =>
    literals.map(({ text }) =>
      text.startsWith('.')
        ? ts.resolveModuleName(text, containingFile, OPTIONS, host)
        : { resolvedModule: undefined },
    );
  return host;
}

function exportedName(
  { name, symbol }: { readonly name: string; readonly symbol: ts.Symbol },
  checker: ts.TypeChecker,
): ExportedName {
  const declarations = symbol.declarations ?? [];
  const documented = declarations.map((one) => docOf(one)).find(({ text }) => text !== '');
  const [first] = declarations;
  if (!first) throw new Error(`${name} has no declaration.`);
  return {
    name,
    kind: kindOf(symbol),
    ...(documented ?? docOf(first)),
    text: documented?.text ?? ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    declaration: declarations.filter(isSignature).map(declarationOf).join('\n'),
    file: first.getSourceFile().fileName,
  };
}

function kindOf({ flags }: ts.Symbol): ExportedName['kind'] {
  if ((flags & ts.SymbolFlags.Function) !== 0) return 'function';
  return (flags & ts.SymbolFlags.Value) !== 0 ? 'value' : 'type';
}

/** Of a function with overloads the last declaration is the implementation, which callers do not see. */
function isSignature(declaration: ts.Declaration, index: number, all: readonly ts.Declaration[]) {
  const isFunction = ts.isFunctionDeclaration(declaration);
  return !isFunction || all.length === 1 || index < all.length - 1 || !declaration.body;
}

function docOf(declaration: ts.Declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = docs.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n\n');
  const tags = docs.flatMap(({ tags = [] }) => [...tags]);
  const tagged = (name: string) =>
    tags
      .filter(({ tagName }) => tagName.text === name)
      .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');
  return {
    text: text.trim(),
    examples: tagged('example'),
    throws: tagged('throws'),
    returns: tagged('returns').join(' '),
  };
}

function declarationOf(declaration: ts.Declaration): string {
  const source = declaration.getSourceFile();
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const body = ts.isFunctionDeclaration(node) ? node.body : undefined;
  const end = body ? body.getStart(source) : node.getEnd();
  const text = source.text.slice(node.getStart(source), end).trim();
  const isLongValue = ts.isVariableDeclaration(declaration) && text.length > 600;
  return isLongValue ? `${text.slice(0, text.indexOf('=')).trim()};` : text;
}

/** The comment that a file begins with. */
function headingOf(text: string): string {
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  return comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replace(/@example[\s\S]*/, '')
    .trim();
}
