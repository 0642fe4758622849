/** The URL of a call: `path` below the hub's own path, which may end with a slash or not. */
export function hubUrl(hub: string, path: string): URL {
  return new URL(path, hub.endsWith('/') ? hub : `${hub}/`);
}
