/** The names of a generation's states and purposes, without what a projection is made of. */

/**
 * The states of a generation, which is one version of a projection's read model.
 * - `live`: moves with the journal, stream by stream.
 * - `catching-up`: behind; a build reads the journal by position until it is live.
 * - `paused`: stopped by an operator.
 * - `inactive`: stopped because the running code does not define it, or D1 lacks one of its tables.
 * - `stopped`: its build failed at an event.
 * - `verified`: a finished verification.
 */
export const generationStates = [
  'live',
  'catching-up',
  'paused',
  'inactive',
  'stopped',
  'verified',
] as const;

export type GenerationState = (typeof generationStates)[number];

/**
 * `primary` owns the tables that migrations made. `rebuild` has tables of its own that replace those, `verify` tables
 * that are compared with them.
 */
export const purposes = ['primary', 'rebuild', 'verify'] as const;

export type Purpose = (typeof purposes)[number];
