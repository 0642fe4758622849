/**
 * Date and time to the minute with the name of the zone: `Fri, Dec 4, 2026, 6:00 PM GMT+1`. For the end of something that several people see,
 * each in their own zone.
 *
 * @param timeZone IANA name; the machine's own if not given
 */
export function zonedTime(locale: string, rfc3339: string, timeZone?: string): string {
  return new Date(rfc3339).toLocaleString(locale, {
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: 'numeric', minute: '2-digit', timeZoneName: 'short', timeZone },
  });
}
