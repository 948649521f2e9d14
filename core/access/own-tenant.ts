/** The tenant of Ledge's own streams. Its principals administer the deployment and reach no data of an app. */
export const OWN_TENANT = 'ledge';

/** Begins the names of Ledge's own aggregates; an app's do not begin with it. */
export const OWN_AGGREGATE_PREFIX = 'ledge.';
