/** `plainCommand`: a command with personal data as another system sends it. */

import type * as z from 'zod';
import type { Aggregate } from '../aggregate/aggregate.ts';
import { command, type Reaction } from '../process/reactor.ts';
import type { Unsealed } from '../sealed/sealed.ts';

/**
 * A command of an inbound, whose personal fields are plain: they are sealed before it is sent. (What reactors and sagas
 * send is `command`: they have sealed values alone.)
 *
 * @example plainCommand(guest, 'g-1', 'RegisterGuest', { person: 'ann', name: 'Ann' })
 */
export function plainCommand<
  Target extends Aggregate,
  Name extends keyof Target['commands'] & string,
>(
  aggregate: Target,
  id: string,
  name: Name,
  data: Unsealed<z.input<Target['commands'][Name]>>,
): Reaction {
  // The runtime seals it by the schema before anything reads it.
  return command(aggregate, id, name, data as z.input<Target['commands'][Name]>);
}
