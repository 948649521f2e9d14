/** How a command ends that looks for faults: each on a line of its own, and exit code 1 with any. */
import { messageOf } from './project.ts';

export async function printFaults(find: () => Promise<readonly string[]>): Promise<number> {
  const faults = await find().catch((error: unknown) => [messageOf(error)]);
  for (const fault of faults) console.error(fault);
  return faults.length === 0 ? 0 : 1;
}
