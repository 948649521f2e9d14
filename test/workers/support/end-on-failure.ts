/**
 * Run before each test file that speaks with a Worker: a property ends at its first failure. To shrink one there takes
 * longer than its test may, and a test that runs out of time does not show the failure that it has found.
 */
import fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true });
