/** As much of a terminal as tells which key was pressed. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  on(event: 'data', listener: (data: Buffer | string) => void): unknown;
  off(event: 'data', listener: (data: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/**
 * Calls what belongs to a key, without Enter. A terminal that hands over single keys sends no signal for Ctrl-C any more, so that is one of
 * them.
 *
 * @param interrupt for Ctrl-C and Ctrl-D
 * @returns how to hand the terminal back; null where there is none
 */
export function listenForKeys(
  keyboard: Keyboard,
  keys: Readonly<Record<string, () => void>>,
  interrupt: () => void,
): (() => void) | null {
  if (keyboard.isTTY !== true || keyboard.setRawMode === undefined) return null;
  const heard = (data: Buffer | string): void => {
    for (const key of String(data)) {
      if (key === CTRL_C || key === CTRL_D) interrupt();
      else if (Object.hasOwn(keys, key.toLowerCase())) keys[key.toLowerCase()]?.();
    }
  };
  keyboard.setRawMode(true);
  keyboard.on('data', heard);
  keyboard.resume();
  return () => {
    keyboard.off('data', heard);
    keyboard.setRawMode?.(false);
    keyboard.pause();
  };
}
