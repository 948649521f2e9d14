/** What a message's body says; undefined when it is no JSON. */
export function parsedJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body));
  } catch {
    return undefined;
  }
}
