/** What a page of a build is made with. */
import type { Generation, ServingSet, Subscriber } from '../../../core/plan/projection-version.ts';
import type { Projector } from '../../projector/projector.ts';
import type { PageEnd } from '../journal.ts';

/** Everything about one page of one build. */
export interface BuildContext {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly generation: Generation;
  readonly definition: Subscriber;
  readonly now: string;
  /** Where the page that was read ends; left out where it has no event. */
  readonly end?: PageEnd;
}
