/** The parsed body of a message; undefined if it is not JSON. */
export function parsedJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
