import type { Lookup } from './lookup.ts';

/** After this long without an answer, over UDP or TCP, something else is tried. */
export const ATTEMPT_MS = 1500;
/** What comes until then is still used. No client waits longer (glibc and Go: 5 s). */
export const LATEST_MS = 5000;
export const NO_ANSWER_IN_TIME = `no answer in ${ATTEMPT_MS / 1000} s`;

/** Gets the answer to exactly this question, or why there is none. */
export type AttemptCallback = (answer: Buffer | null, error: string) => void;

export type LateCallback = (answer: Buffer | null) => void;

/** One way to ask one upstream: over UDP or over TCP. */
export interface UpstreamChannel {
  /**
   * One attempt. `done` is called once, never before this returns.
   * @param late called once more where `done` was told that there is none: with the answer that came later, or null if none did
   */
  ask(lookup: Lookup, done: AttemptCallback, late: LateCallback): void;
  /** Closes it after the last answer in flight. It is not asked again. */
  closeWhenIdle(): void;
  /** Closes it now: questions in flight fail. */
  close(): void;
}
