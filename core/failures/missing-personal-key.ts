/** Personal data without the secret that its keys are wrapped by: nothing is sealed or opened. */
import { KnownFault } from './known-fault.ts';

export class MissingPersonalKey extends KnownFault {
  override readonly name = 'MissingPersonalKey';
  /** Ours: an operator has to act. */
  readonly retryAfterSeconds = 60;

  constructor() {
    super(
      'The app has personal data, and the secret LEDGE_PERSONAL_KEY is missing or shorter than 32 characters. Nothing personal is sealed or opened.',
    );
  }
}
