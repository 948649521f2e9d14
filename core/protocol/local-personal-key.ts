/**
 * LEDGE_PERSONAL_KEY of local development and of tests, which need none of the developer's own: it is public, so that it
 * protects nothing, and no deployment gets it.
 */
export const LOCAL_PERSONAL_KEY = 'of-local-development-alone-and-no-secret';
