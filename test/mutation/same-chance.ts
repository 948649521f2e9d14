/** The same examples for every mutant, so that a verdict is no matter of luck; a failing one is not made smaller. */
import fc from 'fast-check';

fc.configureGlobal({ seed: 1, endOnFailure: true });
