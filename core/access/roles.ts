/** What a principal may call beside commands and queries. */

/**
 * `operator`: the operators' routes, which are projections, dead letters, sagas, timers and restore. `admin`: issuing,
 * listing, rotating and revoking API keys.
 */
export const roles = ['operator', 'admin'] as const;

export type Role = (typeof roles)[number];

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}
