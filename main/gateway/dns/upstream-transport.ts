import type { Lookup } from './lookup.ts';

/** What one try may take, over UDP or TCP. */
export const ATTEMPT_MS = 1500;
export const NO_ANSWER_IN_TIME = `no answer in ${ATTEMPT_MS / 1000} s`;

/** One way to ask one upstream. */
export interface UpstreamTransport {
  /** One try. `done` is called once, never before this returns: with the answer to exactly this question, or with why there is none. */
  ask(lookup: Lookup, done: (answer: Buffer | null, error: string) => void): void;
  /** It is not asked any more, and goes with the last answer. */
  retire(): void;
  /** At once: what is under way has failed. */
  close(): void;
}
