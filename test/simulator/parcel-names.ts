/** Few, so that their clients meet. */
export const HOLDERS = ['ann', 'bob', 'cleo'];
export const PARCELS = ['p-0', 'p-1', 'p-2', 'p-3', 'p-4', 'p-5'];
