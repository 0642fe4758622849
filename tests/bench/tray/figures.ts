import { z } from 'zod';

/** What is measured of one program: the tray, or the bare Electron beside it. */
export const ProgramFigures = z.object({
  /** Milliseconds from the start of the process to the icon on the screen, one per start. */
  startToIcon: z.array(z.number()),
  /** Milliseconds from the first click after a start to the window as it stays, one per start. */
  firstClickToPainted: z.array(z.number()),
  /** Milliseconds from a later click on the icon to the window as it stays, one per click. */
  clickToPainted: z.array(z.number()),
  /** Per minute, how often the threads of all processes were woken: nothing happens, the window is hidden, or open. */
  wakeUps: z.object({ hidden: z.number(), open: z.number() }),
  /** The same, hidden, by kind of process and thread, the most first. */
  wakeUpsBy: z.array(z.tuple([z.string(), z.number()])),
  /** MiB of all processes: at rest after the start, and after each hour's worth of events. */
  memory: z.array(z.number()),
  /** Of those at rest after the start. */
  memoryBy: z.array(z.tuple([z.string(), z.number()])),
});
export type ProgramFigures = z.infer<typeof ProgramFigures>;

export const TrayFigures = z.object({
  electron: z.string(),
  /** `pss`: what is shared counts by its share. `anonymous`: what is shared does not count, because only root is told of it. */
  memoryIs: z.enum(['pss', 'anonymous']),
  portcullis: ProgramFigures,
  bare: ProgramFigures,
  /** What an hour's worth of events was. */
  hour: z.object({ blocked: z.number(), revisions: z.number(), openings: z.number() }),
});
export type TrayFigures = z.infer<typeof TrayFigures>;
