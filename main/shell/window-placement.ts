import type { Rectangle, Size } from 'electron';

/** All in device-independent pixels of the desktop. */
export interface Surroundings {
  /** The part of each display that is not covered by bars and docks; the primary one first. */
  workAreas: readonly Rectangle[];
  /** The tray icon; null where the system does not tell, as on Linux. */
  tray: Rectangle | null;
}

export const DEFAULT_SIZE: Size = { width: 480, height: 720 };
export const MIN_SIZE: Size = { width: 360, height: 480 };
/** Between the tray icon and the window. */
const GAP = 8;
/** A remembered window is used if at least this much of it is on a display, so that it can be dragged. */
const GRABBABLE: Size = { width: 100, height: 60 };

/**
 * Where the panel opens: where the user left it if that is still visible, otherwise at the tray icon on whichever side has room, and in the
 * upper right corner of the primary display if the place of the tray is unknown.
 */
export function placePanel(remembered: Rectangle | null, { workAreas, tray }: Surroundings): Rectangle {
  const [primary = { x: 0, y: 0, ...DEFAULT_SIZE }] = workAreas;
  if (remembered !== null) {
    const area = workAreas.find((one) => isGrabbable(remembered, one));
    if (area !== undefined) return within(remembered, area);
  }
  const { width, height } = remembered ?? DEFAULT_SIZE;
  if (tray === null || tray.width === 0) {
    const corner = { x: primary.x + primary.width - width - GAP, y: primary.y + GAP };
    return within({ ...corner, width, height }, primary);
  }
  const middle = centreOf(tray);
  // The tray is outside of every work area, in the bar beside one.
  const area = workAreas.toSorted((a, b) => distance(a, middle) - distance(b, middle))[0] ?? primary;
  const below = middle.y < area.y + area.height / 2;
  return within(
    {
      x: middle.x - width / 2,
      y: below ? tray.y + tray.height + GAP : tray.y - height - GAP,
      width,
      height,
    },
    area,
  );
}

/** Whether the window can be dragged, on whichever display. */
export function isReachable(window: Rectangle, { workAreas }: Surroundings): boolean {
  return workAreas.some((area) => isGrabbable(window, area));
}

function isGrabbable(window: Rectangle, area: Rectangle): boolean {
  const width = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  // A window is dragged by its title bar, so the top edge has to be visible.
  const top = window.y >= area.y && window.y + GRABBABLE.height <= area.y + area.height;
  return width >= Math.min(GRABBABLE.width, window.width) && top;
}

/** No larger than the area, and wholly inside it. */
function within({ x, y, width, height }: Rectangle, area: Rectangle): Rectangle {
  const size = {
    width: Math.min(Math.max(width, MIN_SIZE.width), area.width),
    height: Math.min(Math.max(height, MIN_SIZE.height), area.height),
  };
  return {
    x: Math.round(Math.min(Math.max(x, area.x), area.x + area.width - size.width)),
    y: Math.round(Math.min(Math.max(y, area.y), area.y + area.height - size.height)),
    ...size,
  };
}

interface Point {
  x: number;
  y: number;
}

function centreOf({ x, y, width, height }: Rectangle): Point {
  return { x: x + width / 2, y: y + height / 2 };
}

function distance(area: Rectangle, { x, y }: Point): number {
  const dx = Math.max(area.x - x, 0, x - (area.x + area.width));
  const dy = Math.max(area.y - y, 0, y - (area.y + area.height));
  return Math.hypot(dx, dy);
}
