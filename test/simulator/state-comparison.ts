/**
 * Compares the state that an access rule was asked about with the one that `decide` is given. Between the two there is no
 * await, so the last state that a rule was asked about is that of the command.
 */
import { type Finding, findingsOf } from '../checker/finding.ts';

/** The actor of a command, and the id of its aggregate. */
interface DecidedCommand {
  readonly actor: string;
  readonly id: string;
}

const ungranted = findingsOf('ungranted');

export class StateComparison {
  #asked: string | undefined;
  readonly #findings: Finding[] = [];

  /** Those since the last call. */
  takeFindings(): Finding[] {
    return this.#findings.splice(0);
  }

  asked(command: DecidedCommand, state: object): void {
    this.#asked = fingerprintOf(command, state);
  }

  decided(command: DecidedCommand, state: object): void {
    const seen = fingerprintOf(command, state);
    if (this.#asked !== seen) {
      const detail = `decide sees ${seen}; its access rule was asked about ${this.#asked}.`;
      this.#findings.push(ungranted(`parcel/${command.id}`, detail));
    }
    this.#asked = undefined;
  }
}

function fingerprintOf({ actor, id }: DecidedCommand, state: object): string {
  return JSON.stringify([actor, id, Object.entries(state).sort()]);
}
