/** Relative and absolute times as a person reads them; `Intl` knows the language, so no library is needed. */
export interface TimeFormat {
  /** `12s ago`, `3h ago`; `now` for less than a second, and for what the clock says is yet to come. */
  ago(at: number, now: number): string;
  /** `in 14 min.` */
  until(at: number, now: number): string;
  /** When something ends: `today 18:00`, `Friday 18:00` within six days, else date and time; in the local time zone. */
  deadline(at: number, now: number): string;
  /** Date and time to the minute, in the local time zone: what is shown on hover. */
  exact(at: number): string;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** @param timeZone IANA name; the machine's own if not given. */
export function timeFormat(locale: string, timeZone?: string): TimeFormat {
  // English has narrow forms that one can read; elsewhere a lone "m" may be minutes or metres.
  const style = locale.startsWith('en') ? 'narrow' : 'short';
  const relative = new Intl.RelativeTimeFormat(locale, { style, numeric: 'auto' });
  const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone });
  const named = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  // Days as the calendar of that zone has them, which are not always of 24 hours.
  const parts = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'numeric', day: 'numeric', timeZone });
  const dayOf = (at: number): number => Math.round(Date.parse(`${parts.format(at)} UTC`) / 86_400_000);
  const spell = (difference: number): string => {
    for (const [unit, length] of STEPS) {
      if (Math.abs(difference) >= length) return relative.format(Math.trunc(difference / length), unit);
    }
    return relative.format(0, 'second');
  };
  return {
    ago: (at, now) => spell(Math.min(0, at - now)),
    until: (at, now) => spell(Math.max(0, at - now)),
    deadline(at, now) {
      const days = dayOf(at) - dayOf(now);
      if (days < 0 || days > 6) return absolute.format(at);
      return `${days < 2 ? named.format(days, 'day') : weekday.format(at)} ${clock.format(at)}`;
    },
    exact: (at) => absolute.format(at),
  };
}
