/** The path under which the API is served: empty, or `/ledge`. */

const BASE_PATH = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/;

/** Throws when it is no path that an address can begin with. */
export function checkedBasePath(basePath: string): string {
  if (BASE_PATH.test(basePath)) return basePath;
  throw new Error(
    `The base path ${basePath} is not of the form /ledge, without a slash at the end.`,
  );
}

/** A path under the base path; `/` is the base path itself. */
export function underBasePath(path: string, basePath: string): string {
  return path === '/' && basePath !== '' ? basePath : `${basePath}${path}`;
}

/** The path below the base path; `/` for the base path itself. */
export function belowBasePath(path: string, basePath: string): string {
  return path.slice(basePath.length) || '/';
}
