/** As a field for date and time wants it: local, to the minute; empty for none. */
export function localTime(rfc3339: string): string {
  if (rfc3339 === '') return '';
  const at = new Date(rfc3339);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What such a field says, in UTC. @param before where it shows the same minute, it stays to the second */
export function fromLocalTime(value: string, before: string): string {
  if (localTime(before) === value) return before;
  return value === '' ? '' : new Date(value).toISOString().replace('.000Z', 'Z');
}

/** The reader's time zone: `Europe/Berlin`. */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
