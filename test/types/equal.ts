/** Compiles only when both types are the same, `any` and `unknown` included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** @example expectTrue<Equal<Found, Wanted>>(); */
export function expectTrue<_Holds extends true>(): void {}
