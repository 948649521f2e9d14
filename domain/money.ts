/** Money is integer cents, a discount integer basis points (10,000 = everything). */
export interface PricedLine {
  readonly quantity: number;
  readonly unitCents: number;
  readonly discountBp: number;
}

export function lineGrossCents({ quantity, unitCents }: PricedLine): number {
  return quantity * unitCents;
}

/** Rounded half up per line. BigInt because cents times basis points leaves the safe integers early. */
export function lineNetCents(line: PricedLine): number {
  const kept = BigInt(lineGrossCents(line)) * BigInt(10_000 - line.discountBp);
  return Number((kept + 5_000n) / 10_000n);
}

export function totals(lines: readonly PricedLine[]): { grossCents: number; netCents: number } {
  return {
    grossCents: lines.reduce((sum, line) => sum + lineGrossCents(line), 0),
    netCents: lines.reduce((sum, line) => sum + lineNetCents(line), 0),
  };
}
