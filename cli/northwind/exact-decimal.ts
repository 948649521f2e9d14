/**
 * `9.805` with 2 places → 981: decimal text as an integer count of its smallest unit, rounded half up digit by
 * digit, because a float in between would move cents. Undefined when the text is no plain decimal.
 */
export function exactDecimal(text: string, places: number): number | undefined {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = Number(whole + fraction.slice(0, places).padEnd(places, '0'));
  const rounded = digits + (fraction.charAt(places) >= '5' ? 1 : 0);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
