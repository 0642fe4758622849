/** Relative and absolute times as a person reads them; `Intl` knows the language, so no library is needed. */
export interface TimeFormat {
  /** `12s ago`, `3h ago`; `now` for less than a second, and for what the clock says is yet to come. */
  ago(at: number, now: number): string;
  /** `in 14 min.` */
  until(at: number, now: number): string;
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
  const spell = (difference: number): string => {
    for (const [unit, length] of STEPS) {
      if (Math.abs(difference) >= length) return relative.format(Math.trunc(difference / length), unit);
    }
    return relative.format(0, 'second');
  };
  return {
    ago: (at, now) => spell(Math.min(0, at - now)),
    until: (at, now) => spell(Math.max(0, at - now)),
    exact: (at) => absolute.format(at),
  };
}
