/** The big list of naughty strings, and what it lacks. */
import naughtyStrings from 'big-list-of-naughty-strings';

export const LISTED: readonly string[] = naughtyStrings;

const OWN: readonly string[] = [
  // What JSON can spell and UTF-8 cannot say, or C cannot hold.
  ...['\0', 'a\0b', '\ud800', '\udfff', 'a\ud83d', '\ude00\ud83d'],
  // Beyond the first plane, line ends of other worlds, direction, marks.
  ...[
    '😀',
    '👩‍👩‍👧‍👦',
    '\u2028',
    '\u2029',
    '\u0085',
    '\u202eabc',
    '\u200f',
    '\ufeffa',
    '\ufffe',
    '\uffff',
    '\u{10ffff}',
  ],
  // Pairs that a normalization would make one.
  ...['\u00e9', 'e\u0301', '\u00c5', '\u212b', '\ufb01', 'fi', '\u1e9b\u0323', '\u0130', 'i\u0307'],
  ...[
    '\u0001',
    '\u001f',
    '\u007f',
    '\t',
    '\r\n',
    ' both ends ',
    '\u00a0',
    'a,b\\,c',
    '%00',
    '%2e%2e',
    '+',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length'],
  // What a database or a parser could take for something else.
  ...[
    '9007199254740993',
    '-0',
    '1.0',
    '007',
    '0x10',
    '1e400',
    'NaN',
    '[]',
    '{}',
    '"',
    '\\u0000',
    '\\ud800',
  ],
  ...[
    '2026-01-01',
    '2026-01-01T00:00:00.000Z',
    '2026-02-30',
    '0000-00-00',
    '24:00',
    "x'00'",
    'CURRENT_TIMESTAMP',
  ],
  ...['x'.repeat(128), 'x'.repeat(129), '😀'.repeat(64), 'x'.repeat(1_000), 'é'.repeat(200_000)],
];

/** What the list lacks, and of the list every so-manieth: which of them, `first` says. */
export function someNaughty(step: number, first: number): readonly string[] {
  const listed = LISTED.filter((_text, index) => index % step === first % step);
  return [...new Set([...OWN, ...listed])];
}

/** What no body may hold: it would not come back as it was sent. */
export function isKept(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
