/**
 * How long to wait after the nth failure in a row: doubles from `first` to `last` milliseconds; between half and the whole
 * of that, so that clients which lost the same server at the same moment do not come back together.
 *
 * @param failures 1 after the first failure.
 * @param random in [0, 1).
 */
export function backOff(failures: number, first: number, last: number, random: number): number {
  const whole = Math.min(last, first * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (0.5 + random / 2));
}
