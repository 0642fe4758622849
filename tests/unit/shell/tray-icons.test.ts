import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trayColours } from '../../../build/tray-colours.ts';
import type { AgentView } from '../../../main/shell/agent-view.ts';
import { trayIconFile, trayLook } from '../../../main/shell/tray-look.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { opacityOf } from '../../support/png.ts';
import { forbidsGreen, inputsFor, NOW, policies, snapshotOf } from '../../support/snapshots.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'assets', 'tray');

/** Pixels that are clearly there in one picture and clearly not in the other: fewer, and two look the same beside the clock. */
const CLEARLY_DIFFERENT = 16;

function sizeOf(file: string): [number, number] {
  const { width, height } = opacityOf(readFileSync(file));
  return [width, height];
}

const views: AgentView[] = [
  { kind: 'starting' },
  { kind: 'failed', problem: { code: 'agent-fault', message: 'Portcullis hit an internal error and is restarting.' } },
  ...Object.values(inputsFor).flatMap((inputs): AgentView[] => [
    { kind: 'running', snapshot: snapshotOf(inputs) },
    { kind: 'running', snapshot: snapshotOf({ ...inputs, health: [forbidsGreen] }) },
  ]),
  {
    kind: 'running',
    snapshot: snapshotOf({ ...inputsFor['enforcing-stale'], policy: policies['stale in the last fifth'] }),
  },
];
const looks = views.map((view) => trayLook(view, NOW, wordsFor('system', 'en')));

describe.each([
  ['darwin', 18],
  ['win32', 16],
  ['linux', 22],
] as const)('the icons for %s', (platform, side) => {
  it(`are there for every look, ${side} pixels and twice that`, () => {
    for (const look of looks) {
      const file = join(folder, trayIconFile(look, platform));
      expect(sizeOf(file)).toEqual([side, side]);
      expect(sizeOf(file.replace('.png', '@2x.png'))).toEqual([side * 2, side * 2]);
    }
  });

  it('differ wherever the state does, also for somebody who sees no colour', () => {
    const shapes = new Map(
      looks.map((look) => [look.shape, opacityOf(readFileSync(join(folder, trayIconFile(look, platform)))).opacity]),
    );
    expect(shapes.size).toBe(13);
    const alike: string[] = [];
    for (const [a, first] of shapes) {
      for (const [b, second] of shapes) {
        const different = first.filter((opacity, at) => Math.abs(opacity - (second[at] ?? 0)) >= 128).length;
        if (a < b && different < CLEARLY_DIFFERENT) alike.push(`${a} and ${b}: ${different}`);
      }
    }
    expect(alike).toEqual([]);
  });
});

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

it.each(Object.entries(trayColours))('%s is seen on a light and on a dark bar', (_look, colour) => {
  const contrast = (a: string, b: string): number => {
    const [dark = 0, light = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };
  expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
  expect(contrast(colour, '#202020')).toBeGreaterThanOrEqual(3);
});
