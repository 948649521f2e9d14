/** A page of a publication's feed, as the objects that read it are given it: subscriptions and consumer groups. */
import type { JournalPosition } from '../../core/plan/journal-position.ts';

/** A public event, with its place in the feed. */
export interface OutgoingEvent {
  readonly id: string;
  readonly stream: string;
  readonly position: number;
  /** A CloudEvent in JSON. */
  readonly text: string;
}

/** As the feed has it: its tag identifies the stored page. */
export interface FedEvent extends OutgoingEvent {
  readonly tag: string;
}

/** The events of the types that its reader is for. */
export interface OutgoingPage {
  readonly events: readonly FedEvent[];
  /** Up to which the feed was read. */
  readonly after: JournalPosition;
  readonly isEnd: boolean;
}

/** `common`: D1 was restored, and the feed is known up to it. Left out: the position is in no feed. */
export interface LostPosition {
  readonly common?: JournalPosition;
}

/** What a reader reads of a feed. */
export interface FeedSelection {
  readonly publication: string;
  /** Null: all. */
  readonly types: readonly string[] | null;
  /** The address under which the API is served: events name their schemas below it. */
  readonly root: string;
}

/** The Worker's function that reads a page after a position. */
export type ReadFeed<Env> = (
  env: Env,
  tenant: string,
  selection: FeedSelection,
  after: JournalPosition,
  limit: number,
) => Promise<OutgoingPage | LostPosition>;
