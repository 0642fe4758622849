import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { findChromium } from '../tests/setup/chromium.ts';
import { looksOf, trayColours } from './tray-colours.ts';

/**
 * Draws every PNG, ICO and ICNS from the SVG sources in `assets/`: run it after changing one (`node build/render-icons.ts`) and commit what
 * it writes. Chromium is the renderer, because it is there for the tests anyway.
 */
const assets = join(import.meta.dirname, '..', 'assets');

/** Side of the whole picture in pixels at 1x, and of the drawing inside it. */
const TRAY_SIZES = {
  // Apple's guideline: 18 points at most, with air around the drawing.
  macos: { side: 18, drawing: 16 },
  windows: { side: 16, drawing: 16 },
  linux: { side: 22, drawing: 20 },
} as const;

/** What desktops look for (https://specifications.freedesktop.org/icon-theme-spec/latest/). */
const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
const ICO_SIZES = [16, 24, 32, 48, 64, 256];
/** Type of each picture in an ICNS file (https://en.wikipedia.org/wiki/Apple_Icon_Image_format). */
const ICNS_TYPES: [type: string, side: number][] = [
  ['icp4', 16],
  ['ic11', 32],
  ['icp5', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
];

const executablePath = findChromium(process.env);
if (executablePath === null) throw new Error('no Chromium was found; name one by PORTCULLIS_CHROMIUM');
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const page = await browser.newPage();
  await renderTray(page);
  await renderApplication(page);
} finally {
  await browser.close();
}

async function draw(page: Page, svg: string, side: number, drawing: number, colour: string): Promise<Buffer> {
  await page.setViewportSize({ width: side, height: side });
  const sized = svg.replace('<svg ', `<svg style="width:${drawing}px;height:${drawing}px;display:block" `);
  await page.setContent(
    `<style>
      html, body { margin: 0; background: none }
      body { width: ${side}px; height: ${side}px; display: grid; place-items: center; color: ${colour} }
    </style>${sized}`,
  );
  return page.screenshot({ omitBackground: true });
}

async function renderTray(page: Page): Promise<void> {
  const folder = join(assets, 'tray');
  await rm(folder, { recursive: true, force: true });
  const states = (await readdir(join(assets, 'states'))).map((file) => join(assets, 'states', file));
  const more = ['connection-lost.svg', 'enforcing-doubtful.svg'].map((file) => join(assets, file));
  for (const source of [...states, ...more]) {
    const shape = basename(source, '.svg');
    const svg = await readFile(source, 'utf8');
    for (const [platform, { side, drawing }] of Object.entries(TRAY_SIZES)) {
      await mkdir(join(folder, platform), { recursive: true });
      // macOS paints a template by its opacity alone.
      const pictures =
        platform === 'macos'
          ? [[`${shape}Template`, '#000']]
          : looksOf(shape).map((look) => [`${shape}-${look}`, trayColours[look]]);
      for (const [name, colour = '#000'] of pictures) {
        for (const [suffix, scale] of [['', 1] as const, ['@2x', 2] as const]) {
          const picture = await draw(page, svg, side * scale, drawing * scale, colour);
          await writeFile(join(folder, platform, `${name}${suffix}.png`), picture);
        }
      }
    }
  }
}

async function renderApplication(page: Page): Promise<void> {
  const svg = await readFile(join(assets, 'application.svg'), 'utf8');
  const sides = new Set([...LINUX_SIZES, ...ICO_SIZES, ...ICNS_TYPES.map(([, side]) => side)]);
  const pictures = new Map<number, Buffer>();
  for (const side of sides) pictures.set(side, await draw(page, svg, side, side, '#000'));
  const picture = (side: number): Buffer => pictures.get(side) ?? Buffer.alloc(0);

  const icons = join(import.meta.dirname, 'icons');
  await rm(icons, { recursive: true, force: true });
  await mkdir(icons);
  for (const side of LINUX_SIZES) await writeFile(join(icons, `${side}x${side}.png`), picture(side));
  await writeFile(join(import.meta.dirname, 'icon.ico'), ico(ICO_SIZES.map((side) => [side, picture(side)])));
  await writeFile(
    join(import.meta.dirname, 'icon.icns'),
    icns(ICNS_TYPES.map(([type, side]) => [type, picture(side)])),
  );
  await writeFile(join(assets, 'portcullis.png'), picture(128));
}

/** An ICO file of PNG pictures, as Windows Vista and later read it (https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)). */
function ico(pictures: [side: number, png: Buffer][]): Buffer {
  const header = Buffer.alloc(6 + 16 * pictures.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(pictures.length, 4);
  let offset = header.length;
  pictures.forEach(([side, png], index) => {
    const at = 6 + 16 * index;
    // 256 does not fit a byte and is written as 0.
    header.writeUInt8(side % 256, at);
    header.writeUInt8(side % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(png.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([header, ...pictures.map(([, png]) => png)]);
}

function icns(pictures: [type: string, png: Buffer][]): Buffer {
  const chunk = (type: string, content: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(content.length + 8, 4);
    return Buffer.concat([head, content]);
  };
  return chunk('icns', Buffer.concat(pictures.map(([type, png]) => chunk(type, png))));
}
