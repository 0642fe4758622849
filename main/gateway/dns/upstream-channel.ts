import type { Lookup } from './lookup.ts';

/** The longest wait for an answer, over UDP or TCP. */
export const ATTEMPT_MS = 1500;
export const NO_ANSWER_IN_TIME = `no answer in ${ATTEMPT_MS / 1000} s`;

/** Gets the answer to exactly this question, or why there is none. */
export type AttemptCallback = (answer: Buffer | null, error: string) => void;

/** One way to ask one upstream: over UDP or over TCP. */
export interface UpstreamChannel {
  /** One attempt. `done` is called once, never before this returns. */
  ask(lookup: Lookup, done: AttemptCallback): void;
  /** Closes it after the last answer in flight. It is not asked again. */
  closeWhenIdle(): void;
  /** Closes it now: questions in flight fail. */
  close(): void;
}
