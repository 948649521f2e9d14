/** The secret of a deployment in tests: its Worker and its objects have the same. */
export const SECRET = 'a secret of thirty-two characters';
