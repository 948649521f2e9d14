import type { Follower, Generation, ServingSet } from '../../core/generation.ts';
import type { PageEnd } from '../projector/journal.ts';
import type { Projector } from '../projector/projector.ts';

/** Everything about one page of one build. */
export interface Building {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly generation: Generation;
  readonly definition: Follower;
  readonly now: string;
  /** Where the page that was read ends; left out where it has no event. */
  readonly end?: PageEnd;
}
