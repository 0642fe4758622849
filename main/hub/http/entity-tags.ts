/** RFC 9110 section 13.1.2: weak comparison; `*` matches whatever there is. */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  return !header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** RFC 9110 section 13.1.1: strong comparison, so that a weak tag never matches. */
export function match(header: string, etag: string): boolean {
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim() === etag);
}
