import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../../main/platform/process/run-command.ts';
import { pixelsOf } from '../png.ts';
import { ICON_SIDE, PANEL_COLOURS, PANEL_HEIGHT, type PanelColour } from './configs.ts';
import type { Desktop } from './desktop.ts';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** RGBA, row by row. */
export interface Pixels {
  width: number;
  height: number;
  data: Buffer;
}

const ICONS = join(import.meta.dirname, '..', '..', '..', 'assets', 'tray', 'linux');
/** All that there are. */
export const iconNames: readonly string[] = readdirSync(ICONS)
  .filter((file) => file.endsWith('@2x.png'))
  .map((file) => file.slice(0, -'@2x.png'.length));

/** How far a channel may be off: by rounding only. */
const TOLERANCE = 3;

/** What is really on the screen. */
export async function screenshot(desktop: Desktop, area: Rectangle): Promise<Pixels> {
  const crop = `${area.width}x${area.height}+${area.x}+${area.y}`;
  const data = await bytes(desktop, ['import', '-silent', '-window', 'root', '-crop', crop, '-depth', '8', 'rgba:-']);
  return { width: area.width, height: area.height, data };
}

/** To look at. */
export async function picture(desktop: Desktop, file: string): Promise<void> {
  await desktop.run('import', '-silent', '-window', 'root', file);
}

async function bytes(desktop: Desktop, command: readonly string[]): Promise<Buffer> {
  const result = await runCommand(command, { env: desktop.env, maxOutput: 64 * 1024 * 1024 });
  if (result.kind === 'exited' && result.code === 0) return result.stdout;
  throw new Error(`${command.join(' ')}: ${result.kind === 'exited' ? result.stderr.toString() : result.cause}`);
}

/** What an icon looks like on a panel of this colour, RGB row by row, as far as a panel may scale it: from its drawing at twice the size. */
const drawings = new Map<string, Promise<number[][]>>();

function drawingOf(name: string, colour: PanelColour): Promise<number[][]> {
  const key = `${name} ${colour}`;
  const known = drawings.get(key) ?? draw(name, colour);
  drawings.set(key, known);
  return known;
}

async function draw(name: string, colour: PanelColour): Promise<number[][]> {
  const { width, data } = pixelsOf(await readFile(join(ICONS, `${name}@2x.png`)));
  const background = PANEL_COLOURS[colour].map((value) => Math.round(value * 255));
  const blended = (x: number, y: number, channel: number): number => {
    const at = (y * width + x) * 4;
    const opacity = (data[at + 3] ?? 0) / 255;
    return (data[at + channel] ?? 0) * opacity + (background[channel] ?? 0) * (1 - opacity);
  };
  return Array.from({ length: ICON_SIDE ** 2 }, (_value, index) => {
    const [x, y] = [(index % ICON_SIDE) * 2, Math.floor(index / ICON_SIDE) * 2];
    return [0, 1, 2].map((channel) => {
      const four = [
        blended(x, y, channel),
        blended(x + 1, y, channel),
        blended(x, y + 1, channel),
        blended(x + 1, y + 1, channel),
      ];
      return four.reduce((sum, value) => sum + value, 0) / 4;
    });
  });
}

/** Where the bar shows this drawing, pixel by pixel; null where it shows it nowhere. */
export function findDrawing(bar: Pixels, drawing: readonly number[][]): { x: number; y: number } | null {
  for (let y = 0; y + ICON_SIDE <= bar.height; y += 1) {
    for (let x = 0; x + ICON_SIDE <= bar.width; x += 1) {
      const isThere = drawing.every((pixel, index) => {
        const at = ((y + Math.floor(index / ICON_SIDE)) * bar.width + x + (index % ICON_SIDE)) * 4;
        return pixel.every((value, channel) => Math.abs(value - (bar.data[at + channel] ?? 0)) <= TOLERANCE);
      });
      if (isThere) return { x, y };
    }
  }
  return null;
}

/** The tray's part of the panel, at the end of the bar of a display this wide. */
export function trayArea(width: number): Rectangle {
  return { x: width - 6 * PANEL_HEIGHT, y: 0, width: 6 * PANEL_HEIGHT, height: PANEL_HEIGHT };
}

export interface IconPlace {
  name: string;
  /** Its centre. */
  x: number;
  y: number;
}

/** Which of our icons the panel shows now, by their files' names (`enforcing-green`): by what is on the screen, not by what was said. */
export async function iconsSeen(
  desktop: Desktop,
  { width = 1600, colour = 'light' }: { width?: number; colour?: PanelColour } = {},
): Promise<IconPlace[]> {
  const area = trayArea(width);
  const bar = await screenshot(desktop, area);
  const places = iconNames.map(async (name) => {
    const found = findDrawing(bar, await drawingOf(name, colour));
    return found === null ? [] : [{ name, x: area.x + found.x + ICON_SIDE / 2, y: area.y + found.y + ICON_SIDE / 2 }];
  });
  return (await Promise.all(places)).flat();
}

export interface XWindow extends Rectangle {
  id: string;
}

/** The windows that are on the screen and match, by `xdotool search`. */
export async function windowsSeen(desktop: Desktop, ...search: string[]): Promise<XWindow[]> {
  const result = await runCommand(['xdotool', 'search', '--onlyvisible', ...search], { env: desktop.env });
  if (result.kind !== 'exited' || result.code !== 0) return [];
  const ids = result.stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  const windows = ids.map(async (id) => {
    // Closed meanwhile, it is none.
    const told = await desktop.run('xwininfo', '-id', id).catch(() => '');
    const value = (name: string): number => Number(new RegExp(`^ *${name}: +(-?\\d+)$`, 'm').exec(told)?.[1]);
    const [x, y] = [value('Absolute upper-left X'), value('Absolute upper-left Y')];
    return { id, x, y, width: value('Width'), height: value('Height') };
  });
  return (await Promise.all(windows)).filter(({ width }) => width > 1);
}

export async function click(desktop: Desktop, { x, y }: { x: number; y: number }, button = 1): Promise<void> {
  await desktop.run('xdotool', 'mousemove', String(Math.round(x)), String(Math.round(y)), 'click', String(button));
}
