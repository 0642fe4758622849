import { median } from '../statistics.ts';
import type { ProgramFigures, TrayFigures } from './figures.ts';

/** Ours compared with the bare Electron's: of times and wake-ups the medians, of memory what is there at rest. */
export function trayRatios({ portcullis, bare }: TrayFigures): Record<string, number> {
  const ratio = (of: (figures: ProgramFigures) => number): number => Number((of(portcullis) / of(bare)).toFixed(2));
  return {
    trayStartVsBare: ratio(({ startToIcon }) => median(startToIcon)),
    trayFirstClickVsBare: ratio(({ firstClickToPainted }) => median(firstClickToPainted)),
    trayClickVsBare: ratio(({ clickToPainted }) => median(clickToPainted)),
    trayMemoryVsBare: ratio(({ memory }) => memory[0] ?? Number.NaN),
    trayWakeUpsVsBare: ratio(({ wakeUps }) => wakeUps.hidden),
    trayOpenWakeUpsVsBare: ratio(({ wakeUps }) => wakeUps.open),
    // The last hour's end compared with the first hour's: what an hour leaves behind.
    trayMemoryGrowth: Number(
      ((portcullis.memory.at(-1) ?? Number.NaN) / (portcullis.memory[1] ?? Number.NaN)).toFixed(2),
    ),
  };
}

/** Lines for people. */
export function trayTable(figures: TrayFigures): string[] {
  const { portcullis, bare, hour } = figures;
  const row = (label: string, ...cells: string[]): string =>
    `  ${[label.padEnd(38), ...cells.map((cell) => cell.padStart(13))].join(' ')}`;
  const millis = (times: readonly number[]): string => `${Math.round(median(times))} ms`;
  const mebibytes = (value: number | undefined): string => `${Math.round(value ?? Number.NaN)} MiB`;
  const times = (value: number): string => String(Math.round(value));
  const both = (label: string, of: (program: ProgramFigures) => string): string => row(label, of(portcullis), of(bare));
  const hours = portcullis.memory.slice(1).map((_value, index) => index + 1);
  return [
    row(`The tray, Electron ${figures.electron}`, 'portcullis', 'bare'),
    both('process start to icon', ({ startToIcon }) => millis(startToIcon)),
    both('first click to painted window', ({ firstClickToPainted }) => millis(firstClickToPainted)),
    both('click to painted window', ({ clickToPainted }) => millis(clickToPainted)),
    both('wake-ups per minute, window hidden', ({ wakeUps }) => times(wakeUps.hidden)),
    both('wake-ups per minute, window open', ({ wakeUps }) => times(wakeUps.open)),
    both(figures.memoryIs === 'pss' ? 'memory (PSS), at rest' : 'memory (anonymous), at rest', ({ memory }) =>
      mebibytes(memory[0]),
    ),
    ...hours.map((after) => both(`  after ${after} hours’ events`, ({ memory }) => mebibytes(memory[after]))),
    `  An hour’s events: ${hour.blocked} blocked pulls, ${hour.revisions} changes of the list, ${hour.openings} openings.`,
  ];
}
