import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE, MIN_SIZE, placePanel } from '../../../main/shell/window-placement.ts';

const barBelow = { x: 0, y: 0, width: 1920, height: 1040 };
const barAbove = { x: 0, y: 24, width: 1440, height: 876 };
const right = { x: 1920, y: 0, width: 1280, height: 1024 };

describe('the panel opens', () => {
  it('above a tray icon at the bottom of the screen', () => {
    const tray = { x: 1700, y: 1046, width: 24, height: 24 };
    expect(placePanel(null, { workAreas: [barBelow], tray })).toEqual({ x: 1440, y: 318, ...DEFAULT_SIZE });
  });

  it('below a tray icon at the top of the screen', () => {
    const tray = { x: 1000, y: 0, width: 24, height: 22 };
    expect(placePanel(null, { workAreas: [barAbove], tray })).toEqual({ x: 772, y: 30, ...DEFAULT_SIZE });
  });

  it('on the display that the tray icon is on', () => {
    const tray = { x: 3100, y: 1030, width: 24, height: 24 };
    const { x } = placePanel(null, { workAreas: [barBelow, right], tray });
    expect(x).toBeGreaterThanOrEqual(right.x);
  });

  it('in the far corner of the primary display where the tray cannot be found', () => {
    expect(placePanel(null, { workAreas: [barBelow, right], tray: null })).toEqual({
      x: 1920 - 480 - 8,
      y: 8,
      ...DEFAULT_SIZE,
    });
    expect(placePanel(null, { workAreas: [barBelow], tray: { x: 0, y: 0, width: 0, height: 0 } }).x).toBe(1432);
  });

  it('where it was left', () => {
    const left = { x: 2000, y: 100, width: 900, height: 800 };
    expect(placePanel(left, { workAreas: [barBelow, right], tray: null })).toEqual(left);
  });

  it('at the tray icon again, in the size it had, when its display has gone', () => {
    const left = { x: 2000, y: 100, width: 900, height: 800 };
    const tray = { x: 1700, y: 1046, width: 24, height: 24 };
    expect(placePanel(left, { workAreas: [barBelow], tray })).toMatchObject({ y: 238, width: 900, height: 800 });
  });

  it('always whole on a display, never smaller than it can be used', () => {
    const rectangle = fc.record({
      x: fc.integer({ min: -5000, max: 5000 }),
      y: fc.integer({ min: -5000, max: 5000 }),
      width: fc.integer({ min: 1, max: 5000 }),
      height: fc.integer({ min: 1, max: 5000 }),
    });
    fc.assert(
      fc.property(fc.option(rectangle), fc.option(rectangle), (remembered, tray) => {
        const areas = [barBelow, right];
        const { x, y, width, height } = placePanel(remembered, { workAreas: areas, tray });
        expect(width).toBeGreaterThanOrEqual(MIN_SIZE.width);
        expect(height).toBeGreaterThanOrEqual(MIN_SIZE.height);
        const inside = areas.some(
          (area) =>
            x >= area.x && y >= area.y && x + width <= area.x + area.width && y + height <= area.y + area.height,
        );
        expect(inside).toBe(true);
      }),
    );
  });
});
