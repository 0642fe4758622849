import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/i;
const LOCAL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * A time as an owner writes it, in UTC and whole seconds: a duration from now (`12h`, `7d`), a local time, a day (to its end), or RFC 3339
 * with an offset.
 *
 * @param now milliseconds since 1970
 * @throws ProblemError `until-invalid`, `until-over`
 */
export function untilOf(written: string, now: number): string {
  const at = timeOf(written, now, { ahead: true, day: 'end' });
  if (at <= now) throw new ProblemError(problem('until-over', { written }));
  return inUtc(at);
}

/**
 * A time in the past, likewise; a duration goes back from now.
 *
 * @param day which end of a day is meant
 * @throws ProblemError `until-invalid`
 */
export function pastOf(written: string, now: number, day: 'begin' | 'end'): string {
  return inUtc(timeOf(written, now, { ahead: false, day }));
}

function inUtc(at: number): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** @throws ProblemError `until-invalid` */
function timeOf(written: string, now: number, meant: { ahead: boolean; day: 'begin' | 'end' }): number {
  const at = readTime(written.trim(), now, meant);
  if (at >= 0 && at <= Date.UTC(9999, 0)) return at;
  throw new ProblemError(problem('until-invalid', { written }));
}

function readTime(
  written: string,
  now: number,
  { ahead, day: which }: { ahead: boolean; day: 'begin' | 'end' },
): number {
  const [, count = '', unit = ''] = /^(\d{1,6})\s*([mhdw])$/i.exec(written) ?? [];
  if (count !== '') return now + (ahead ? 1 : -1) * Number(count) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (OFFSET.test(written)) return onCalendar(written) ? Date.parse(written) : Number.NaN;
  const local = LOCAL.exec(written);
  if (local !== null) return onCalendar(written) ? Date.parse(`${local[1]}T${local[2]}`) : Number.NaN;
  if (!DAY.test(written) || !onCalendar(written)) return Number.NaN;
  const day = new Date(`${written}T00:00`);
  if (which === 'end') day.setDate(day.getDate() + 1);
  return day.getTime();
}

/** `Date` takes February 30 for March 2. */
function onCalendar(written: string): boolean {
  const day = written.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
