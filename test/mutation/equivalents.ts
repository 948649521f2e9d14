/** A mutant that is equivalent to the code, or only slower. */
export interface Equivalent {
  /** The line, and the mutant's version of it. */
  readonly line: string;
  readonly becomes: string;
  readonly why: string;
}

/** By module. */
export const equivalents: Readonly<Record<string, readonly Equivalent[]>> = {
  'core/process/step-machine.ts': [
    {
      line: "return proceed(progress, compensated(progress.reason ?? ''));",
      becomes: 'return proceed(progress, compensated(progress.reason ?? "Stryker was here!"));',
      why: 'A saga that goes back has its reason.',
    },
    {
      line: "const sends = this.#afterCompensation(progress.data, progress.reason ?? '').map(",
      becomes:
        'const sends = this.#afterCompensation(progress.data, progress.reason ?? "Stryker was here!").map(',
      why: 'A saga that goes back has its reason.',
    },
  ],
  'core/live/live-difference.ts': [
    {
      line: 'if ((tops[middle]?.before ?? 0) < before) low = middle + 1;',
      becomes: 'if ((tops[middle].before ?? 0) < before) low = middle + 1;',
      why: 'There is a pile in the middle.',
    },
    {
      line: 'if ((tops[middle]?.before ?? 0) < before) low = middle + 1;',
      becomes: 'if ((tops[middle]?.before ?? 0) <= before) low = middle + 1;',
      why: 'No two rows had the same place.',
    },
    {
      line: 'const tops: Place[] = [];',
      becomes: 'const tops: Place[] = ["Stryker was here"];',
      why: 'A text among the piles is below every place, and of no index.',
    },
  ],
  'core/projection/memory-rows.ts': [
    {
      line: "case 'remove':",
      becomes: "case 'remove':",
      why: 'The switch ends here, and with it the function: undefined either way.',
    },
    {
      line: "case 'remove':",
      becomes: 'case "":',
      why: 'The switch ends here, and with it the function: undefined either way.',
    },
  ],
  'core/values/scan-json.ts': [
    {
      line: "if (!string.includes('\\\\u')) return undefined;",
      becomes: 'if (false) return undefined;',
      why: 'Only saves the parser: unescaped text is UTF-8, and JSON.parse refuses a bare NUL.',
    },
    {
      line: "if (!string.includes('\\\\u')) return undefined;",
      becomes: 'if (!string.includes("")) return undefined;',
      why: 'Only saves the parser: unescaped text is UTF-8, and JSON.parse refuses a bare NUL.',
    },
    {
      line: "if (!string.includes('\\\\')) return string.slice(1, -1);",
      becomes: 'if (false) return string.slice(1, -1);',
      why: 'Only saves the parser: it makes the same of what is not escaped.',
    },
    {
      line: "if (!string.includes('\\\\')) return string.slice(1, -1);",
      becomes: 'if (!string.includes("")) return string.slice(1, -1);',
      why: 'Only saves the parser: it makes the same of what is not escaped.',
    },
    {
      line: "const [, sign = '', whole, fraction = '', exponent = '0'] =",
      becomes: `const [, sign = "Stryker was here!", whole, fraction = '', exponent = '0'] =`,
      why: 'The sign of a number is there, if only as nothing.',
    },
    {
      line: "const [, sign = '', whole, fraction = '', exponent = '0'] =",
      becomes: `const [, sign = '', whole, fraction = '', exponent = ""] =`,
      why: 'Number() makes 0 of nothing.',
    },
    {
      line: '/^(-?)(\\d+)(?:\\.(\\d+))?(?:[eE]([+-]?\\d+))?$/.exec(number) ?? [];',
      becomes:
        '/^(-?)(\\d+)(?:\\.(\\d+))?(?:[eE]([+-]?\\d+))?$/.exec(number) ?? ["Stryker was here"];',
      why: 'The first part is not looked at.',
    },
    {
      line: "if (first < 0) return '0';",
      becomes: 'if (first < 0) return "";',
      why: 'Any word does for zero that is no other number’s.',
    },
  ],
  'core/aggregate/event.ts': [
    {
      line: 'return define([], { schema, upcast: (data) => data });',
      becomes: 'return define([], { schema, upcast: () => undefined });',
      why: 'Schema versions begin at 1: nothing is lifted to the first.',
    },
  ],
  'core/aggregate/stream.ts': [
    {
      line: "const [aggregate = '', id = '', ...rest] = text.split('/');",
      becomes: `const [aggregate = "Stryker was here!", id = '', ...rest] = text.split('/');`,
      why: 'Neither is a part of a name.',
    },
    {
      line: "const [aggregate = '', id = '', ...rest] = text.split('/');",
      becomes: `const [aggregate = '', id = "Stryker was here!", ...rest] = text.split('/');`,
      why: 'Neither is a part of a name.',
    },
    {
      line: "const [stream = '', version = '', ...rest] = text.split('@');",
      becomes: `const [stream = "Stryker was here!", version = '', ...rest] = text.split('@');`,
      why: 'Neither is a part of a name.',
    },
    {
      line: "const [stream = '', version = '', ...rest] = text.split('@');",
      becomes: `const [stream = '', version = "Stryker was here!", ...rest] = text.split('@');`,
      why: 'Neither is a part of a name.',
    },
  ],
  'core/projection/fold-changes.ts': [
    {
      line: 'if (!Object.hasOwn(values, name)) return values;',
      becomes: 'if (false) return values;',
      why: 'Only saves a copy.',
    },
  ],
  'core/values/compare-values.ts': [
    {
      line: 'while (index < a.length && a[index] === b[index]) index++;',
      becomes: 'while (index <= a.length && a[index] === b[index]) index++;',
      why: 'Behind the ends of two equal texts they are still equal.',
    },
  ],
  'core/process/saga.ts': [
    {
      line: "const { aggregate: saga = '', id = '' } = parseStreamName(stream) ?? {};",
      becomes: `const { aggregate: saga = "Stryker was here!", id = '' } = parseStreamName(stream) ?? {};`,
      why: 'A saga’s stream has a name.',
    },
    {
      line: "const { aggregate: saga = '', id = '' } = parseStreamName(stream) ?? {};",
      becomes: `const { aggregate: saga = '', id = "Stryker was here!" } = parseStreamName(stream) ?? {};`,
      why: 'A saga’s stream has a name.',
    },
    {
      line: 'return (transition?.effects ?? []).flatMap((effect) => {',
      becomes: 'return (transition?.effects ?? ["Stryker was here"]).flatMap((effect) => {',
      why: 'A text is no command to send.',
    },
  ],
  'core/app.ts': [
    {
      line: "const aggregate = findStored(app, aggregateOf(stored.stream) ?? '');",
      becomes:
        'const aggregate = findStored(app, aggregateOf(stored.stream) ?? "Stryker was here!");',
      why: 'Neither is the name of an aggregate.',
    },
    {
      line: 'export function findSaga({ sagas = [] }: App, name: string): Saga | undefined {',
      becomes:
        'export function findSaga({ sagas = ["Stryker was here"] }: App, name: string): Saga | undefined {',
      why: 'A text has no name.',
    },
  ],
};
