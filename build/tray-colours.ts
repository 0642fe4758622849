import type { Look } from '../shared/state/derive-state.ts';

/**
 * A tray icon lies on a bar that may be light or dark, and nobody tells which: each colour keeps a contrast of 3 to both white and
 * Windows' dark bar (WCAG 2.2, 1.4.11), so all are of about the same lightness, and the shape has to tell the states apart.
 */
export const trayColours: Record<Look, string> = {
  green: '#199a4c',
  amber: '#c27803',
  red: '#e5484d',
  blue: '#3b82f6',
  grey: '#858b94',
};

/** The colours in which a shape can be seen: a policy that has not been renewed for long turns amber. */
export function looksOf(shape: string): Look[] {
  switch (shape) {
    case 'enforcing':
      return ['green'];
    case 'enforcing-stale':
      return ['green', 'amber'];
    case 'unmanaged':
    case 'engine-stopped':
    case 'restrictions-off':
      return ['grey'];
    case 'not-enforcing':
      return ['red'];
    case 'auditing':
      return ['blue'];
    default:
      return ['amber'];
  }
}
