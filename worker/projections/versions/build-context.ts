/** The context of a page of a build. */
import type { Generation, ServingSet, Subscriber } from '../../../core/plan/projection-version.ts';
import type { PageEnd } from '../../journal/read-journal.ts';
import type { Projector } from '../../projector/projector.ts';

/** The context of one page of one build. */
export interface BuildContext {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly generation: Generation;
  readonly definition: Subscriber;
  readonly now: string;
  /** The end of the page that was read; left out if it has no event. */
  readonly end?: PageEnd;
}
