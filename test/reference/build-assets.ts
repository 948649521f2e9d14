/** Before the tests in which the reference app serves its pages. */
import { buildAssets } from '../../client/example/build.ts';

export function setup(): Promise<void> {
  return buildAssets();
}
