/** Numbers that look like chance and are the same for the same seed. */

export type Random = (below: number) => number;

const MODULUS = 2_147_483_647;

/** The minimal standard generator: enough to choose with. Seeds that are neighbours are torn apart first. */
export function seeded(seed: number): Random {
  let number = ((seed % 9_973) + 1) * 1_103;
  const next = () => {
    number = (number * 48_271) % MODULUS;
    return number;
  };
  for (let step = 0; step < 5; step++) next();
  return (below) => next() % below;
}

export function oneOf<Value>(random: Random, values: readonly Value[]): Value | undefined {
  return values[random(values.length)];
}
