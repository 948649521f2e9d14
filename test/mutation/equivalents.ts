/** A mutant that no test could tell from the code, or that only makes it slower. */
export interface Equivalent {
  /** The line, and what the mutant makes of it. */
  readonly line: string;
  readonly becomes: string;
  readonly why: string;
}

/** By module. */
export const equivalents: Readonly<Record<string, readonly Equivalent[]>> = {
  'core/process/saga-steps.ts': [
    {
      line: "return proceed(progress, compensated(progress.reason ?? ''));",
      becomes: 'return proceed(progress, compensated(progress.reason ?? "Stryker was here!"));',
      why: 'A saga that goes back has its reason.',
    },
    {
      line: "const sends = this.#afterwards(progress.data, progress.reason ?? '').map((reaction, position) =>",
      becomes:
        'const sends = this.#afterwards(progress.data, progress.reason ?? "Stryker was here!").map((reaction, position) =>',
      why: 'A saga that goes back has its reason.',
    },
    {
      line: 'const nothing = { inFlight: 0, refused: [], heard: {} };',
      becomes: 'const nothing = { inFlight: 0, refused: ["Stryker was here"], heard: {} };',
      why: 'No effect is called so.',
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
  'core/aggregate/aggregate.ts': [
    {
      line: 'if (text.length * 3 <= limitBytes) return false;',
      becomes: 'if (false) return false;',
      why: 'Only saves the counting of what is sure.',
    },
    {
      line: 'if (text.length * 3 <= limitBytes) return false;',
      becomes: 'if (text.length * 3 < limitBytes) return false;',
      why: 'Only saves the counting of what is sure.',
    },
    {
      line: "text.length > limitBytes || encodeURIComponent(text).replace(/%../g, '_').length > limitBytes",
      becomes: "false || encodeURIComponent(text).replace(/%../g, '_').length > limitBytes",
      why: 'Only saves the counting of what is sure.',
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
      line: 'if (number === undefined || (number.length <= 15 && !/[eE]/.test(number))) return undefined;',
      becomes: 'if (false) return undefined;',
      why: 'Only saves the comparison of what is sure, or of no number.',
    },
    {
      line: 'if (number === undefined || (number.length <= 15 && !/[eE]/.test(number))) return undefined;',
      becomes: 'if (number === undefined || (false)) return undefined;',
      why: 'Only saves the comparison of what is sure, or of no number.',
    },
    {
      line: 'if (number === undefined || (number.length <= 15 && !/[eE]/.test(number))) return undefined;',
      becomes:
        'if (number === undefined || (number.length < 15 && !/[eE]/.test(number))) return undefined;',
      why: 'Only saves the comparison of what is sure, or of no number.',
    },
    {
      line: 'if (number === undefined || (number.length <= 15 && !/[eE]/.test(number))) return undefined;',
      becomes:
        'if (number === undefined || (number.length <= 15 && !/[^eE]/.test(number))) return undefined;',
      why: 'Only saves the comparison of what is sure, or of no number.',
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
    {
      line: 'const TOKEN = /("(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$))(\\s*:)?|(-?\\d[\\d.eE+-]*)|([[\\]{}])/gs;',
      becomes:
        'const TOKEN = /("(?:[^"\\\\]|\\\\.)*(?:"|\\\\?))(\\s*:)?|(-?\\d[\\d.eE+-]*)|([[\\]{}])/gs;',
      why: 'What the text before it leaves is a quote or the end.',
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
  'core/projection/row-change.ts': [
    {
      line: 'if (!Object.hasOwn(values, name)) return values;',
      becomes: 'if (false) return values;',
      why: 'Only saves a copy.',
    },
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
      line: 'timeout: (name, state) => (Object.hasOwn(timeouts, name) ? timeouts[name]?.(state) : undefined),',
      becomes:
        'timeout: (name, state) => (Object.hasOwn(timeouts, name) ? timeouts[name](state) : undefined),',
      why: 'It is there: that was asked before.',
    },
    {
      line: 'return (transition?.effects ?? []).flatMap((effect) => {',
      becomes: 'return (transition?.effects ?? ["Stryker was here"]).flatMap((effect) => {',
      why: 'A text is no command to send.',
    },
  ],
  'core/app.ts': [
    {
      line: "const aggregate = findAggregate(app, parseStreamName(stored.stream)?.aggregate ?? '');",
      becomes:
        'const aggregate = findAggregate(app, parseStreamName(stored.stream)?.aggregate ?? "Stryker was here!");',
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
