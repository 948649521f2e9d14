/** The roles that Ledge itself gives a meaning to. The roles of an app are in its access rules. */

/**
 * `operator`: the operators' routes, which are projections, dead letters, sagas, timers and restore. `admin`: issuing,
 * listing, rotating and revoking API keys, and refreshing the keys of issuers. `monitor`: in the deployment's own tenant,
 * its status and its metrics, which hold no data of a tenant.
 */
export const deploymentRoles = ['operator', 'admin', 'monitor'] as const;

/** A role of the app's access rules that callers without a credential have. */
export const PUBLIC_ROLE = 'public';

export type DeploymentRole = (typeof deploymentRoles)[number];
