import type { Switches } from './registry-access.ts';

/** Whether everything that was blocked before may pass: a switch that a stolen token must not be enough for. */
export function blocksLess(before: Switches, after: Switches): boolean {
  const blocks = ({ enabled, mode }: Switches): boolean => enabled && mode === 'enforce';
  return blocks(before) && !blocks(after);
}
