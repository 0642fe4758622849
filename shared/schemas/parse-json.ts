/** JSON as `unknown`; what is not JSON is `undefined`, so that a schema refuses it like any other wrong value. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
