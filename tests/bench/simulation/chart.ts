import type { Outcome } from './simulate.ts';

/** One panel: the requests of one or more runs over time. */
export interface Panel {
  title: string;
  /** In seconds of the simulation. */
  from: number;
  until: number;
  /** What the time axis counts in, from where, and its ticks in that unit. */
  axis: { unit: 'minutes' | 'hours'; zero: number; ticks: readonly number[]; label: string };
  lines: readonly { outcome: Outcome; label: string; look: 'now' | 'second' | 'third' | 'earlier' }[];
}

const WIDTH = 960;
const COLUMNS = 2;
const PANEL = { width: WIDTH / COLUMNS, height: 260, left: 76, right: 16, top: 40, bottom: 50 };
const PLOT = { width: PANEL.width - PANEL.left - PANEL.right, height: PANEL.height - PANEL.top - PANEL.bottom };
const HEAD = 58;
const SECONDS = { minutes: 60, hours: 3600 } as const;

/** Colours for a light and a dark page, told apart by their dashes too. */
const STYLE = `
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 } .panel { font-size: 13px; font-weight: 600 } .small { fill: #59636e }
.page { fill: #ffffff } .grid { stroke: #d1d9e0; stroke-width: 1 } .frame { stroke: #818b98; fill: none }
polyline { fill: none; stroke-width: 1.6; stroke-linejoin: round }
.now { stroke: #0969da } .second { stroke: #8250df; stroke-dasharray: 7 3 } .third { stroke: #1a7f37; stroke-dasharray: 2 3 }
.earlier { stroke: #cf222e; stroke-dasharray: 5 2; stroke-width: 1.2 }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .small { fill: #9198a1 } .page { fill: #0d1117 } .grid { stroke: #3d444d } .frame { stroke: #656c76 }
.now { stroke: #4493f8 } .second { stroke: #ab7df8 } .third { stroke: #3fb950 } .earlier { stroke: #f85149 }
}`;

/** Requests a second over time on a logarithmic axis, as an SVG document. */
export function draw(title: string, subtitle: string, panels: readonly Panel[]): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const height = HEAD + rows * PANEL.height;
  const bounds = boundsOf(panels);
  const drawn = panels.map((panel, index) => {
    const x = (index % COLUMNS) * PANEL.width;
    const y = HEAD + Math.floor(index / COLUMNS) * PANEL.height;
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, bounds)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<desc>${escaped(subtitle)}</desc>
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${height}"/>
<text class="title" x="16" y="28">${escaped(title)}</text>
<text class="small" x="16" y="47">${escaped(subtitle)}</text>
${drawn.join('\n')}
</svg>
`;
}

interface Bounds {
  /** Powers of ten. */
  low: number;
  high: number;
}

/** One scale for all panels, so that they can be compared. */
function boundsOf(panels: readonly Panel[]): Bounds {
  const peaks = panels.flatMap(({ lines }) => lines.map(({ outcome }) => outcome.peak));
  const usual = panels.flatMap(({ lines }) => lines.map(({ outcome }) => outcome.usual));
  return { low: Math.floor(Math.log10(Math.min(...usual) / 2)), high: Math.ceil(Math.log10(Math.max(...peaks))) };
}

function drawPanel(panel: Panel, bounds: Bounds): string {
  const { axis, from, until, lines } = panel;
  const x = (second: number): number => PANEL.left + ((second - from) / (until - from)) * PLOT.width;
  const y = (value: number): number => {
    const part = (Math.log10(Math.max(value, 10 ** bounds.low)) - bounds.low) / (bounds.high - bounds.low);
    return PANEL.top + (1 - part) * PLOT.height;
  };
  const right = PANEL.left + PLOT.width;
  const bottom = PANEL.top + PLOT.height;
  const parts = [`<text class="panel" x="${PANEL.left}" y="18">${escaped(panel.title)}</text>`];
  for (let power = bounds.low; power <= bounds.high; power += 1) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<line class="grid" x1="${PANEL.left}" x2="${right}" y1="${at}" y2="${at}"/>`);
    parts.push(
      `<text class="small" x="${PANEL.left - 8}" y="${at}" dy="4" text-anchor="end">${numberText(10 ** power)}</text>`,
    );
  }
  for (const tick of axis.ticks) {
    const at = x(axis.zero + tick * SECONDS[axis.unit]).toFixed(1);
    parts.push(`<line class="grid" x1="${at}" x2="${at}" y1="${PANEL.top}" y2="${bottom}"/>`);
    parts.push(`<text class="small" x="${at}" y="${bottom + 17}" text-anchor="middle">${tick}</text>`);
  }
  parts.push(`<rect class="frame" x="${PANEL.left}" y="${PANEL.top}" width="${PLOT.width}" height="${PLOT.height}"/>`);
  parts.push(
    `<text class="small" x="${PANEL.left + PLOT.width / 2}" y="${bottom + 36}" text-anchor="middle">${escaped(axis.label)}</text>`,
  );
  for (const { outcome, look } of lines) {
    const points = highestOf(outcome.load, from, until).map(
      ([second, value]) => `${x(second).toFixed(1)},${y(value).toFixed(1)}`,
    );
    parts.push(`<polyline class="${look}" points="${points.join(' ')}"/>`);
  }
  // Above the plot, where no line runs.
  let legend = PANEL.left;
  for (const { label, look } of lines) {
    parts.push(`<polyline class="${look}" points="${legend},30 ${legend + 22},30"/>`);
    parts.push(`<text class="small" x="${legend + 27}" y="34">${escaped(label)}</text>`);
    legend += 27 + label.length * 6.3 + 16;
  }
  return parts.join('\n');
}

/** The highest second of every two pixels: a peak is never averaged away. */
function highestOf(load: Uint32Array, from: number, until: number): [second: number, value: number][] {
  const step = Math.max(1, Math.ceil((until - from) / (PLOT.width / 2)));
  const points: [number, number][] = [];
  for (let start = from; start < until; start += step) {
    let highest = 0;
    for (let second = start; second < Math.min(start + step, until, load.length); second += 1) {
      highest = Math.max(highest, load[second] as number);
    }
    points.push([start, highest]);
  }
  return points;
}

function numberText(value: number): string {
  return value >= 1_000_000 ? `${value / 1_000_000} million` : value.toLocaleString('en-US');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
