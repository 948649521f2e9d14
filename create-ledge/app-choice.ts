/** What is chosen about a new app. */
export const appProcesses = ['none', 'reactor', 'saga'] as const;

export type AppProcess = (typeof appProcesses)[number];

export interface AppChoice {
  /** As it was typed. */
  readonly folder: string;
  readonly name: string;
  readonly process: AppProcess;
}
