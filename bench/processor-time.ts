/** Processor time from Linux's /proc; unknown on other systems. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports a process's times in hundredths of a second, whatever the kernel's own tick is. */
const TICK_MS = 10;

interface ProcessTimes {
  readonly parent: number;
  readonly ownMs: number;
  /** Of the children that ended and were waited for. */
  readonly endedChildrenMs: number;
}

/** What this process used, and its children that ended. */
export function ownMs(): number {
  const own = timesOf('self');
  return own ? own.ownMs + own.endedChildrenMs : 0;
}

/** Starts a measurement of the running side. The returned function gives the time that its workerd has used since. */
export function watchSide(): () => number | undefined {
  if (process.platform !== 'linux') return () => undefined;
  const startMs = childrenMs();
  return () => (childrenMs() - startMs) * 1_000;
}

/** What the children that run have used: but for the moments in which wrk runs, the side alone. */
function childrenMs(): number {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = ids.flatMap((id) => timesOf(id) ?? []).filter(isChild);
  return children.reduce((sum, child) => sum + child.ownMs, 0);
}

const isChild = ({ parent }: ProcessTimes) => parent === process.pid;

/** Fields 4 and 14 to 17 of proc(5). Undefined when the process has just ended. */
function timesOf(id: string): ProcessTimes | undefined {
  try {
    const [, afterName = ''] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ');
    const fields = afterName.split(' ').map(Number);
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return {
      parent: fields[1] ?? 0,
      ownMs: (user + system) * TICK_MS,
      endedChildrenMs: (endedUser + endedSystem) * TICK_MS,
    };
  } catch {
    return undefined;
  }
}
