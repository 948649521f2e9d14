/** The cron trigger, whose ticks find and repair what no message has brought about. */
import type { Project } from '../../migrations/project.ts';
import { placeOf } from './place.ts';

const EVERY_MINUTE = ['* * * * *', '*/1 * * * *'];

export function scheduleFaults(project: Project): string[] {
  const { crons = [] } = project.config.triggers;
  if (crons.some((cron) => EVERY_MINUTE.includes(cron))) return [];
  return [
    `No cron trigger runs every minute, so undelivered events would wait for the next command: set crons = ["* * * * *"] under triggers in ${placeOf(project)}.`,
  ];
}
