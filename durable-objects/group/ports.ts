/** The functions of the Worker that a group's object calls. */
import type { ReadFeed } from '../feed-reader/feed-page.ts';
import type { Ports } from '../ports.ts';

export interface GroupPorts<Env>
  extends Pick<Ports<Env>, 'nowMs' | 'log' | 'reportIncident' | 'resolveIncident'> {
  /** Personal data stays sealed. */
  readonly readFeed: ReadFeed<Env>;
  /** Makes D1 know the group. False where the tenant is erased. */
  readonly register: (
    env: Env,
    tenant: string,
    publication: string,
    name: string,
  ) => Promise<boolean>;
}
