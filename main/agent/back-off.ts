/**
 * How long to wait after the nth failure in a row, in milliseconds: doubles from `first` to `last`, and is between half and all
 * of that, so that clients which lost a server at the same moment do not return at the same moment.
 *
 * @param failures 1 after the first failure.
 * @param random in [0, 1).
 */
export function backOff(failures: number, first: number, last: number, random: number): number {
  const whole = Math.min(last, first * 2 ** Math.min(failures - 1, 30));
  return Math.round(whole * (0.5 + random / 2));
}
