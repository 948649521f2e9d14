/**
 * Finds what `JSON.parse` would silently lose: a number that is rounded, a duplicate key, a string that cannot be
 * stored. Limits the number of values and the depth before parsing. Malformed text is left to JSON.parse.
 *
 * @returns the fault as a sentence; undefined when nothing is lost
 */
export function scanJson(text: string, depthMax: number): string | undefined {
  const open: Set<string>[] = [];
  let values = 0;
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const [whole, string, colon, number, bracket] = token;
    const isValue = !colon && whole !== ']' && whole !== '}';
    if (isValue && ++values > VALUES_MAX) return `It holds more than ${VALUES_MAX} values.`;
    const wrong =
      string === undefined
        ? (wrongNumber(number) ?? wrongDepth(open, bracket, depthMax))
        : (wrongString(string) ?? (colon && wrongKey(open, string)));
    if (wrong) return wrong;
  }
  return undefined;
}

/** Our limit per text: a mebibyte of `0,0,…` is half a million values, which take far more memory than their text. */
const VALUES_MAX = 100_000;

/**
 * A string with the colon that makes it a key, a number, a bracket, or the beginning of `true`, `false` and `null`. An
 * unterminated string extends to the end of the text; otherwise the pattern would retry at each quote in it.
 */
const TOKEN = /("(?:[^"\\]|\\.)*(?:"|\\?$))(\s*:)?|(-?\d[\d.eE+-]*)|([[\]{}])|[tfn]/gs;

function wrongDepth(
  open: Set<string>[],
  bracket: string | undefined,
  depthMax: number,
): string | undefined {
  if (bracket === '[' || bracket === '{') open.push(new Set());
  else if (bracket !== undefined) open.pop();
  return open.length > depthMax ? `It is nested more than ${depthMax} levels deep.` : undefined;
}

function wrongKey(open: readonly Set<string>[], string: string): string | undefined {
  const keys = open.at(-1);
  const key = unescaped(string);
  if (keys?.has(key)) return `The key ${string} comes twice in one object.`;
  // Assigning it sets the prototype, so libraries drop it.
  if (key === '__proto__') return 'A key cannot be __proto__.';
  keys?.add(key);
  return undefined;
}

/** UTF-8 has no lone surrogates: storage would replace them. NUL is refused because it ends a text in many tools. */
function wrongString(string: string): string | undefined {
  if (!string.includes('\\u')) return undefined;
  const value = unescaped(string);
  if (!value.isWellFormed()) return 'A string holds half of a surrogate pair.';
  return value.includes('\0') ? 'A string holds the character NUL.' : undefined;
}

function unescaped(string: string): string {
  if (!string.includes('\\')) return string.slice(1, -1);
  try {
    return String(JSON.parse(string));
  } catch {
    return string;
  }
}

function wrongNumber(number: string | undefined): string | undefined {
  if (number === undefined || isKeptExactly(number)) return undefined;
  return `The number ${number.slice(0, 40)} cannot be kept exactly.`;
}

/**
 * Whether a number's text is parsed without loss. Up to fifteen digits always are; longer texts and exponents are
 * compared with the parsed value. A text that is not a number has nothing to lose.
 */
export function isKeptExactly(number: string): boolean {
  if (number.length <= 15 && !/[eE]/.test(number)) return true;
  const sent = significand(number);
  return sent === undefined || sent === significand(String(Number(number)));
}

/**
 * The decimal value in a normal form: digits without outer zeros, and the power of ten of the first. Undefined for a
 * text that is not a number.
 */
function significand(number: string): string | undefined {
  const [, sign = '', whole, fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  if (whole === undefined) return undefined;
  const digits = `${whole}${fraction}`;
  const first = digits.search(/[1-9]/);
  if (first < 0) return '0';
  const power = whole.length - first + Number(exponent);
  return `${sign}${digits.slice(first, endOfDigits(digits))}e${power}`;
}

/**
 * The index where the trailing zeros begin. Not a regular expression: a million zeros before a one would take minutes.
 */
function endOfDigits(digits: string): number {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return end;
}
