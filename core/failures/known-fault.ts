/**
 * An error of Ledge's own code whose message is logged as it is: it holds names of the code, tables, columns and
 * numbers, and nothing that a caller or a domain has chosen.
 */
export class KnownFault extends Error {
  override readonly name: string = 'KnownFault';
}
