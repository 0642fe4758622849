/** RFC 9110 section 13.1.2: weak comparison; `*` matches anything. @returns whether the representation has to be sent */
export function ifNoneMatchAccepts(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  // As agents send it.
  if (header === etag) return false;
  return !header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** RFC 9110 section 13.1.1: strong comparison, so a weak tag never matches. @returns whether the request may go ahead */
export function ifMatchAccepts(header: string, etag: string): boolean {
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim() === etag);
}
