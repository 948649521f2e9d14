/** What of the platform gives way at a load, causes before what follows from them; history ends at any load. */
import type { ModelLine } from './line.ts';
import { limits } from './setting.ts';

type Measured = Omit<ModelLine, 'givesWay'>;

/** From here on a thread's queue only grows. */
const BUSY = 0.97;

/** Below it, what is applied falls behind what is sent. */
const KEPT_UP = 0.97;

export function givesWay(line: Measured): readonly string[] {
  const { d1, appliedPerSecond, queues } = line;
  const sentPerSecond = line.commands / measuredSeconds(line);
  const messages = (line.messages + line.messagesRefused) / measuredSeconds(line) / queues;
  const beyond = [
    (d1.refusedPerSecond > 0 || d1.utilisation > BUSY) &&
      `D1: ${round(d1.callsPerSecond)} calls/s, its thread ${percent(d1.utilisation)} busy`,
    line.messagesRefused > 0 &&
      `queue: ${percent(messages / limits.queueMessagesPerSecond)} of 5,000 messages/s`,
    appliedPerSecond < KEPT_UP * sentPerSecond &&
      `consumer: ${round(appliedPerSecond)} of ${round(sentPerSecond)} events/s`,
    `history: D1 full after ${timeText(d1.hoursUntilFull)}`,
  ];
  return beyond.filter((what) => what !== false);
}

export function measuredSeconds({ seconds, warmUpSeconds }: Measured): number {
  return seconds - warmUpSeconds;
}

const round = (value: number) => String(Math.round(value));

const percent = (share: number) => `${Math.round(share * 100)} %`;

function timeText(hours: number): string {
  if (hours < 1) return `${round(hours * 60)} minutes`;
  return hours < 48 ? `${hours.toFixed(1)} hours` : `${(hours / 24).toFixed(1)} days`;
}
