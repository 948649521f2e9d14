/** Where this console is served: its files lie in `assets/` below it, the API below its parent. */

const file = import.meta.url;

/** `/console`, or `/ledge/console` under a base path. */
export const consolePath = new URL('..', file).pathname.replace(/\/$/, '');

/** Empty, or the base path of the API. */
export const apiPath = consolePath.slice(0, consolePath.lastIndexOf('/'));
