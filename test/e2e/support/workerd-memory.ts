/** The memory of the local runtimes that this process started, from Linux's /proc. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const MEBIBYTE_IN_KB = 1_024;

/** Elsewhere there is no `/proc` to ask. */
export const canMeasureMemory = existsSync('/proc/self/status');

export interface ProcessMemory {
  readonly nowMebibytes: number;
  /** The most that it ever was. */
  readonly peakMebibytes: number;
  /** That are open. */
  readonly descriptors: number;
}

/** All of them together. */
export function workerdMemory(): ProcessMemory {
  const statuses = processStatuses();
  const runtimes = [...statuses.values()].filter(
    (status) => field(status, 'Name') === 'workerd' && descendsFromHere(status, statuses),
  );
  if (runtimes.length === 0) throw new Error('No workerd was found among the children.');
  return {
    nowMebibytes: sum(runtimes, 'VmRSS'),
    peakMebibytes: sum(runtimes, 'VmHWM'),
    descriptors: runtimes.flatMap((status) => readdirSync(`/proc/${field(status, 'Pid')}/fd`))
      .length,
  };
}

/** By process id. */
function processStatuses(): Map<string, string> {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(ids.map((id) => [id, statusOf(id)]));
}

/** Empty for one that has just ended. */
function statusOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/status`, 'utf8');
  } catch {
    return '';
  }
}

function descendsFromHere(status: string, statuses: Map<string, string>): boolean {
  const parent = field(status, 'PPid');
  if (parent === String(process.pid)) return true;
  const parentStatus = statuses.get(parent);
  return parentStatus !== undefined && descendsFromHere(parentStatus, statuses);
}

function sum(statuses: readonly string[], name: string): number {
  const kilobytes = statuses.map((status) => Number.parseInt(field(status, name), 10));
  return kilobytes.reduce((whole, one) => whole + one, 0) / MEBIBYTE_IN_KB;
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
}
