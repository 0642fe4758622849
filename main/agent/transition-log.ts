import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Transition } from '../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import type { DerivedState } from '../../shared/state/derive-state.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createSerialQueue } from '../platform/process/serial-queue.ts';
import type { Clock } from '../platform/time/clock.ts';

/** When each state began: kept for seven days, also over restarts. */
export interface TransitionLog {
  /** To be called once, before anything is noted. */
  load(): Promise<void>;
  note(state: DerivedState): void;
  /** Newest first. */
  entries(): Transition[];
  /** Changes with the list. */
  version(): string;
  /** Resolves when all is on disk. */
  flush(): Promise<void>;
}

const KEPT_MS = 7 * 24 * 3_600_000;
const MAX_ENTRIES = 2_000;
/** One write for all changes of a moment. */
const WRITE_AFTER_MS = 1_000;

export function createTransitionLog(path: string, clock: Clock, log: Logger): TransitionLog {
  let entries: Transition[] = [];
  let state: DerivedState['id'] | null = null;
  let cancelWrite: (() => void) | null = null;
  const inOrder = createSerialQueue();

  function write(): Promise<void> {
    cancelWrite?.();
    cancelWrite = null;
    const content = JSON.stringify(entries);
    return inOrder(() => writeFileAtomic(path, content)).catch((error: unknown) => {
      log.warn({ err: error }, 'transitions not written');
    });
  }

  return {
    async load() {
      entries = await load(path, log);
    },
    note(next) {
      if (next.id === state) return;
      const from = state ?? 'starting';
      state = next.id;
      if (from === next.id) return;
      const at = Math.max(0, Math.trunc(clock.wall()));
      entries.push({ at, from, to: next.id, code: next.code });
      entries = entries.filter((entry) => entry.at > at - KEPT_MS).slice(-MAX_ENTRIES);
      cancelWrite ??= clock.after(WRITE_AFTER_MS, () => void write());
    },
    entries: () => entries.toReversed(),
    version: () => `${entries.length}-${entries.at(-1)?.at ?? 0}`,
    flush: () => (cancelWrite === null ? inOrder(() => undefined) : write()),
  };
}

/** A log that cannot be read is dropped: it is worth no fault. */
async function load(path: string, log: Logger): Promise<Transition[]> {
  try {
    const parsed = z
      .array(Transition)
      .max(MAX_ENTRIES)
      .safeParse(parseJson(await readFile(path, 'utf8')));
    if (parsed.success) return parsed.data;
    log.warn({ path }, 'transitions damaged and dropped');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      log.warn({ err: error }, 'transitions not read');
  }
  return [];
}
