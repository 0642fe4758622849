/** The address of a call: `path` below that of the hub, which may itself lie below its host's root, with or without a slash at its end. */
export function hubUrl(hub: string, path: string): URL {
  return new URL(path, hub.endsWith('/') ? hub : `${hub}/`);
}
